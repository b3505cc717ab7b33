#include "actors/exec_work.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "actors/log.hpp"
#include "actors/work_message.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto longest_wait = 1'000ms;
constexpr auto longest_turn = 10s;          // that an attempt waits here to be begun
constexpr auto between_looks = 100ms;       // through all that wait
constexpr auto between_signs = 100ms;       // of one command, as they go out
constexpr std::size_t most_at_once = 1'000; // processes, each with four descriptors here

// What a command inherits; nothing else of the node's environment, where secrets may stand.
std::vector<std::string> inherited() {
  std::vector<std::string> out;
  for (const char* name : {"PATH", "HOME", "LANG"})
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + '=' + value);
  return out;
}

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path ? path : "/usr/local/bin:/usr/bin:/bin";
}

} // namespace

exec_work::exec_work(request_router& router, surroundings_source& around, std::string prefix,
                     const node_settings& settings)
    : router_(router), around_(around), prefix_(std::move(prefix)), listed_(settings.exec_commands),
      at_once_(settings.exec_at_once) {}

exec_work::~exec_work() { close(); }

status_result exec_work::open() {
  if (listed_.empty()) return ok();
  if (at_once_ == 0 || at_once_ > most_at_once)
    return invalid("exec_at_once", "exec_at_once must be 1 to " + std::to_string(most_at_once));
  for (const auto& [name, words] : listed_) {
    if (!workflow::is_identifier(name, limits::definition_name_bytes))
      return invalid("exec", "a command's name " + workflow::identifier_rule(limits::definition_name_bytes));
    if (words.empty()) return invalid("exec", "command \"" + name + "\" must have a program");
    auto file = find_program(words.front(), search_path());
    if (!file) return invalid("exec", "command \"" + name + "\": " + file.error().detail);
    commands_.emplace(name, command{*std::move(file), words});
  }
  environment_ = inherited();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return error{errc::unavailable, {}, "no pipe can be had", {}};
  wake_read_ = owned_fd(ends[0]);
  wake_write_ = owned_fd(ends[1]);
  thread_ = std::thread([this] { run(); });
  return ok();
}

void exec_work::close() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    under_way_.clear();
    waiting_.clear();
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void exec_work::wake() {
  if (wake_write_) (void)!::write(wake_write_.get(), "", 1); // a full pipe wakes as well
}

void exec_work::send(const entity_key& instance, const workflow::dispatch& d, const std::string& token) {
  if (!commands_.contains(d.target))
    return tell_instance(
        router_, instance,
        workflow::write{workflow::complete{
            d.run, d.attempt,
            workflow::failure{{"unknown_command", "this node has no command \"" + d.target + "\" on its list"}, true},
            "ropewalk"}});
  const instant now = around_.look().now;
  const auto left = [&](const std::optional<instant>& due) {
    return due ? std::optional(std::chrono::microseconds(std::max<std::int64_t>(0, due->us - now.us))) : std::nullopt;
  };
  job j{instance, d, token, left(d.due.attempt), {}};
  std::chrono::microseconds turn = longest_turn;
  for (const auto& bound : {j.limit, left(d.due.heartbeat)})
    if (bound) turn = std::min(turn, *bound / 3);
  j.give_back = clock::now() + turn;
  {
    const std::scoped_lock lock(mutex_);
    if (closing_) return;
    const auto [at, fresh] = under_way_.try_emplace({instance, d.run}, d.attempt);
    if (!fresh && at->second == d.attempt) return;
    at->second = d.attempt;
    waiting_.push_back(std::move(j));
  }
  wake();
}

void exec_work::call_off(const entity_key& instance, std::uint64_t run) {
  {
    const std::scoped_lock lock(mutex_);
    if (under_way_.erase({instance, run}) == 0) return;
  }
  wake();
}

bool exec_work::under_way(const work_place& w) {
  const std::scoped_lock lock(mutex_);
  const auto at = under_way_.find({w.instance, w.run});
  return at != under_way_.end() && at->second == w.attempt;
}

bool exec_work::take(const work_place& w) {
  const std::scoped_lock lock(mutex_);
  const auto at = under_way_.find({w.instance, w.run});
  if (at == under_way_.end() || at->second != w.attempt) return false;
  under_way_.erase(at);
  return true;
}

void exec_work::run() {
  // A command that closes its input would end us.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  while (true) {
    const auto now = clock::now();
    look_at_jobs(now);
    for (auto at = running_.begin(); at != running_.end();) {
      const auto here = at++;
      look_at(*here, now);
    }
    {
      const std::scoped_lock lock(mutex_);
      if (closing_ && running_.empty()) return;
    }
    wait(now);
  }
}

// Begins what may begin, drops what was called off, gives back what would wait too long.
void exec_work::look_at_jobs(clock::time_point now) {
  while (running_.size() < at_once_) {
    std::optional<job> next;
    {
      const std::scoped_lock lock(mutex_);
      if (waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (under_way({next->instance, next->what.run, next->what.attempt})) begin(*std::move(next), now);
  }
  if (now < look_again_) return;
  look_again_ = now + between_looks;
  std::vector<work_place> late;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(waiting_, [&](const job& j) {
      const auto at = under_way_.find({j.instance, j.what.run});
      if (at == under_way_.end() || at->second != j.what.attempt) return true;
      if (j.give_back > now) return false;
      late.push_back({j.instance, j.what.run, j.what.attempt});
      under_way_.erase(at);
      return true;
    });
  }
  for (const work_place& w : late) refuse_work(router_, w);
}

void exec_work::begin(job j, clock::time_point now) {
  const workflow::dispatch& d = j.what;
  const work_place where{j.instance, d.run, d.attempt};
  const command& c = commands_.at(d.target);
  exec_start start{c.file, c.words, environment_};
  start.words.insert(start.words.end(), d.arguments.begin(), d.arguments.end());
  const auto variable = [&](std::string name, const std::string& value) {
    start.environment.push_back(std::move(name) + '=' + value);
  };
  variable("ROPEWALK_ORG", j.instance.org);
  variable("ROPEWALK_WORKFLOW", j.instance.id);
  variable("ROPEWALK_PHASE", d.phase);
  variable("ROPEWALK_RUN", std::to_string(d.run));
  variable("ROPEWALK_ATTEMPT", std::to_string(d.attempt));
  if (d.compensation) variable("ROPEWALK_COMPENSATION", "1");
  auto process = exec_process::start(start);
  if (!process) {
    if (!take(where)) return;
    log_line(log_level::warn, "a command could not be started",
             {{"command", d.target}, {"reason", process.error().detail}});
    if (process.error().code == errc::busy) return refuse_work(router_, where);
    return tell_instance(
        router_, j.instance,
        workflow::write{workflow::complete{
            d.run, d.attempt, workflow::failure{{process.error().type, process.error().detail}, false}, "ropewalk"}});
  }
  running& r =
      running_.emplace_back(running{where,
                                    d.target,
                                    exec_attempt(*std::move(process), render_work(prefix_, j.instance, d, j.token)),
                                    j.limit,
                                    !d.due.heartbeat,
                                    {},
                                    now + between_signs,
                                    false});
  if (r.limit) r.end_at = now + *r.limit;
  tell_instance(router_, j.instance, workflow::write{workflow::heartbeat{d.run, d.attempt, {}}});
}

void exec_work::look_at(running& r, clock::time_point now) {
  r.attempt.write_input();
  r.attempt.read_output();
  r.attempt.read_errors();
  pollfd end{r.attempt.process().ended.get(), POLLIN, 0};
  if (poll(&end, 1, 0) > 0) return ended(r);
  if (now >= r.say_at) {
    if (auto sign = r.attempt.sign_of_life()) {
      r.say_at = now + between_signs;
      if (r.limit && r.extends) r.end_at = now + *r.limit;
      tell_instance(router_, r.where.instance,
                    workflow::write{workflow::heartbeat{r.where.run, r.where.attempt, std::move(sign->progress)}});
    }
  }
  r.late = r.late || (r.end_at && *r.end_at <= now && !r.attempt.kill_at());
  if (r.attempt.floods()) r.attempt.terminate(now, 0ms);
  else if (r.late || !under_way(r.where)) r.attempt.terminate(now, patience);
  r.attempt.kill_if_due(now);
}

void exec_work::ended(running& r) {
  workflow::outcome what = r.attempt.end();
  if (r.late && std::holds_alternative<workflow::failure>(what))
    what = workflow::failure{{"attempt_timeout", "the command took too long and was ended"}, false};
  const work_place where = std::move(r.where);
  std::string by = "exec " + r.name;
  std::erase_if(running_, [&r](const running& other) { return &other == &r; });
  if (!take(where)) return;
  tell_instance(router_, where.instance,
                workflow::write{workflow::complete{where.run, where.attempt, std::move(what), std::move(by)}});
}

void exec_work::wait(clock::time_point now) {
  std::vector<pollfd> all{{wake_read_.get(), POLLIN, 0}};
  auto until = now + longest_wait;
  for (const running& r : running_) {
    const exec_process& p = r.attempt.process();
    all.push_back({p.ended.get(), POLLIN, 0});
    if (p.in) all.push_back({p.in.get(), POLLOUT, 0});
    if (p.out) all.push_back({p.out.get(), POLLIN, 0});
    if (p.err) all.push_back({p.err.get(), POLLIN, 0});
    if (const auto at = r.attempt.kill_at()) until = std::min(until, *at);
    else if (r.end_at) until = std::min(until, *r.end_at);
    if (r.attempt.has_sign_of_life()) until = std::min(until, r.say_at);
  }
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(std::max(until - clock::now(), clock::duration{}));
  if (poll(all.data(), all.size(), static_cast<int>(pause.count())) <= 0 || all.front().revents == 0) return;
  std::array<char, 256> wakes;
  while (::read(wake_read_.get(), wakes.data(), wakes.size()) > 0) {
  }
}

} // namespace ropewalk::actors
