#include "actors/task_work.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "actors/log.hpp"
#include "actors/work_message.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::string_view message_id_header = "Nats-Msg-Id";
constexpr std::int64_t most_queued = 1'000'000;               // beyond it a task is refused, and tried again (I10)
constexpr std::int64_t duplicate_window_ns = 120'000'000'000; // the server's default

} // namespace

task_work::task_work(request_router& router, std::string prefix, std::string cluster, int stream_replicas)
    : router_(router), prefix_(std::move(prefix)), cluster_(std::move(cluster)),
      stream_(transport::task_stream(prefix_)), stream_replicas_(stream_replicas) {}

status_result task_work::open(transport::nats_connection& connection, const std::string& inbox) {
  auto opened = transport::reply_inbox::open(
      connection, inbox, [this](std::uint64_t number, transport::nats_message m) { answered(number, std::move(m)); });
  if (!opened) return opened.error();
  inbox_ = *std::move(opened);
  make_stream();
  return ok();
}

void task_work::close() {
  if (inbox_) inbox_->close();
}

// The answer matters to nobody: without the stream a publish finds no responders, and it is made then.
void task_work::make_stream() {
  const workflow::json_value settings{{"name", stream_},          {"subjects", {prefix_ + ".v1.*.task.*"}},
                                      {"retention", "workqueue"}, {"storage", "file"},
                                      {"discard", "new"},         {"duplicate_window", duplicate_window_ns},
                                      {"max_msgs", most_queued},  {"num_replicas", stream_replicas_}};
  (void)inbox_->ask(inbox_->next_number(), "$JS.API.STREAM.CREATE." + stream_, {}, settings.dump());
}

void task_work::send(const entity_key& instance, const workflow::dispatch& d, const std::string& token) {
  const std::uint64_t number = inbox_->next_number();
  {
    const std::scoped_lock lock(mutex_);
    queued& q = queued_[{instance, d.run}];
    if (q.attempt != d.attempt) q = {d.attempt, 0};
    unacknowledged_[number] = {instance, d.run, d.attempt};
  }
  const std::string id = cluster_ + ':' + std::to_string(instance.org.size()) + ':' + instance.org + ':' + instance.id +
                         ':' + std::to_string(d.run) + ':' + std::to_string(d.attempt);
  const std::array<transport::header_view, 1> headers{{{message_id_header, id}}};
  const auto asked = inbox_->ask(number, transport::task_subject(prefix_, instance.org, d.target), headers,
                                 render_work(prefix_, instance, d, token));
  if (asked) return;
  {
    const std::scoped_lock lock(mutex_);
    if (unacknowledged_.erase(number) == 0) return;
  }
  if (asked.error().code != errc::too_large) return refuse_work(router_, {instance, d.run, d.attempt});
  tell_instance(router_, instance,
                workflow::write{workflow::complete{
                    d.run, d.attempt, workflow::failure{{"input_too_large", asked.error().detail}, true}, "ropewalk"}});
}

void task_work::answered(std::uint64_t number, transport::nats_message m) {
  work_place w;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = unacknowledged_.find(number);
    if (at == unacknowledged_.end()) return; // of something whose answer matters to nobody
    w = std::move(at->second);
    unacknowledged_.erase(at);
  }
  const auto ack = m.no_responders() ? result<workflow::json_value>(error{})
                                     : workflow::parse_json(m.body(), {.max_bytes = limits::phase_result_bytes});
  if (ack && ack->is_object() && ack->contains("seq") && (*ack)["seq"].is_number_unsigned()) {
    const std::scoped_lock lock(mutex_);
    const auto at = queued_.find({w.instance, w.run});
    if (at != queued_.end() && at->second.attempt == w.attempt) at->second.sequence = (*ack)["seq"];
    return;
  }
  log_line(log_level::warn, "a task could not be queued and is tried again",
           {{"stream", stream_},
            {"reason", m.no_responders() ? "no stream takes it" : std::string(m.body().substr(0, 200))}});
  make_stream();
  refuse_work(router_, w);
}

void task_work::call_off(const entity_key& instance, std::uint64_t run) {
  std::uint64_t sequence = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = queued_.find({instance, run});
    if (at == queued_.end()) return;
    sequence = at->second.sequence;
    queued_.erase(at);
  }
  if (sequence == 0) return; // whoever pulls it is told that it is over
  (void)inbox_->ask(inbox_->next_number(), "$JS.API.STREAM.MSG.DELETE." + stream_, {},
                    workflow::json_value{{"seq", sequence}, {"no_erase", true}}.dump());
}

void task_work::connection_came_back() {
  std::vector<work_place> again;
  {
    const std::scoped_lock lock(mutex_);
    unacknowledged_.clear();
    for (const auto& [at, q] : queued_) again.push_back({at.first, at.second, q.attempt});
  }
  make_stream();
  for (const work_place& w : again) refuse_work(router_, w); // the queue may have been lost with its server
}

} // namespace ropewalk::actors
