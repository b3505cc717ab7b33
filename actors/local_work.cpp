#include "actors/local_work.hpp"

#include <algorithm>

#include "actors/log.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::actors {
namespace {

using namespace std::chrono_literals;
constexpr auto longest_wait_for_thread = 10s;
constexpr auto worth_saying = 1s;  // a wait, after which the instance is told that its time begins now
constexpr auto stop_patience = 5s; // before it is said what the node waits for
constexpr std::size_t most_threads = 1'000;

} // namespace

local_work::local_work(request_router& router, surroundings_source& around, const local_functions& functions,
                       std::size_t threads, bool alone)
    : router_(router), around_(around), functions_(functions), size_(threads), alone_(alone) {}

local_work::~local_work() { close(); }

status_result local_work::open() {
  if (functions_.empty()) return ok();
  if (size_ == 0 || size_ > most_threads)
    return invalid("local_threads", "local_threads must be 1 to " + std::to_string(most_threads));
  for (const auto& [name, function] : functions_) {
    if (!workflow::is_identifier(name, limits::definition_name_bytes))
      return invalid("functions", "a function's name " + workflow::identifier_rule(limits::definition_name_bytes));
    if (!function) return invalid("functions", "function \"" + name + "\" must be callable");
  }
  running_.resize(size_);
  for (std::size_t i = 0; i < size_; ++i) questions_.emplace_back(router_);
  for (std::size_t i = 0; i < size_; ++i) threads_.emplace_back([this, i] { serve(i); });
  return ok();
}

void local_work::close() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    waiting_.clear();
    under_way_.clear();
    for (const shared_attempt& a : running_)
      if (a) a->stop.request_stop();
    changed_.notify_all();
    const auto idle = [this] { return std::all_of(running_.begin(), running_.end(), std::logical_not<>{}); };
    if (!ended_.wait_for(lock, stop_patience, idle))
      for (const shared_attempt& a : running_)
        if (a)
          log_line(log_level::warn, "the node waits for a local function that was asked to stop",
                   {{"function", a->what.target}, {"workflow", a->instance.id}});
  }
  for (std::thread& t : threads_)
    if (t.joinable()) t.join();
}

void local_work::send(const entity_key& instance, const workflow::dispatch& d) {
  if (!functions_.contains(d.target))
    return tell_instance(
        router_, instance,
        workflow::write{workflow::complete{
            d.run, d.attempt,
            workflow::failure{{"unknown_function", "this node has no function \"" + d.target + "\""}, true},
            "ropewalk"}});
  const auto now = clock::now();
  const std::int64_t wall = around_.look().now.us;
  std::chrono::microseconds turn = longest_wait_for_thread;
  for (const auto& due : {d.due.attempt, d.due.heartbeat})
    if (due) turn = std::min(turn, std::chrono::microseconds(std::max<std::int64_t>(0, due->us - wall) / 3));
  auto attempt = std::make_shared<local_attempt>(instance, d, now, d.first && alone_);
  {
    const std::scoped_lock lock(mutex_);
    if (closing_) return;
    shared_attempt& at = under_way_[{instance, d.run}];
    if (at && at->what.attempt == d.attempt) return;
    if (at) at->stop.request_stop();
    at = attempt;
    waiting_.push_back({std::move(attempt), now + turn});
    if (!may_wake_another()) return;
  }
  changed_.notify_one();
}

// A thread that comes looks for more and wakes the next one: what one commit releases is many attempts, and where they
// are short the first thread has done them all before a second one has a core.
bool local_work::may_wake_another() { return !waiting_.empty() && idle_ > 0 && !std::exchange(waking_, true); }

void local_work::call_off(const entity_key& instance, std::uint64_t run) {
  const std::scoped_lock lock(mutex_);
  const auto at = under_way_.find({instance, run});
  if (at == under_way_.end()) return;
  at->second->stop.request_stop();
  under_way_.erase(at);
}

void local_work::look_for_late() {
  std::vector<shared_attempt> late;
  {
    const auto now = clock::now();
    const std::scoped_lock lock(mutex_);
    std::erase_if(waiting_, [&](const waiting& w) {
      if (w.attempt->stop.stop_requested()) return true;
      if (w.give_back > now) return false;
      late.push_back(w.attempt);
      under_way_.erase({w.attempt->instance, w.attempt->what.run});
      return true;
    });
  }
  for (const shared_attempt& a : late) refuse_work(router_, {a->instance, a->what.run, a->what.attempt});
}

local_work::shared_attempt local_work::next(std::size_t thread) {
  std::unique_lock lock(mutex_);
  running_[thread].reset();
  ended_.notify_all();
  while (true) {
    while (!closing_ && waiting_.empty()) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
      waking_ = false;
    }
    if (closing_) return nullptr;
    shared_attempt a = std::move(waiting_.front().attempt);
    waiting_.pop_front();
    if (a->stop.stop_requested()) continue;
    running_[thread] = a;
    const bool more = may_wake_another();
    lock.unlock();
    if (more) changed_.notify_one();
    return a;
  }
}

bool local_work::take(const shared_attempt& a) {
  const std::scoped_lock lock(mutex_);
  const auto at = under_way_.find({a->instance, a->what.run});
  if (at == under_way_.end() || at->second != a) return false;
  under_way_.erase(at);
  return true;
}

void local_work::serve(std::size_t thread) {
  while (const shared_attempt a = next(thread)) {
    const workflow::dispatch& d = a->what;
    if (d.due.start || clock::now() - a->sent >= worth_saying)
      tell_instance(router_, a->instance, workflow::write{workflow::heartbeat{d.run, d.attempt, {}}});
    workflow::outcome what = a->run(functions_.find(d.target)->second, questions_[thread]);
    if (take(a))
      tell_instance(router_, a->instance,
                    workflow::write{workflow::complete{d.run, d.attempt, std::move(what), "local " + d.target}});
  }
}

} // namespace ropewalk::actors
