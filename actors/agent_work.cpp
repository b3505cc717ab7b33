#include "actors/agent_work.hpp"

#include <vector>

#include "actors/work_message.hpp"
#include "actors/work_replies.hpp"
#include "runtime/limits.hpp"
#include "transport/problem.hpp"

namespace ropewalk::actors {

namespace {

constexpr std::size_t few_questions = 2; // under way

} // namespace

status_result agent_work::open(transport::nats_connection& gathering, transport::nats_connection& at_once,
                               const std::string& inbox) {
  const auto open_one = [&](transport::nats_connection& connection, const std::string& subject,
                            std::unique_ptr<transport::reply_inbox>& opened) -> status_result {
    auto made =
        transport::reply_inbox::open(connection, subject, [this](std::uint64_t number, transport::nats_message m) {
          answered(number, std::move(m));
        });
    if (!made) return made.error();
    opened = *std::move(made);
    return ok();
  };
  if (auto opened = open_one(gathering, inbox, gathering_); !opened) return opened;
  return open_one(at_once, inbox + "_at_once", at_once_);
}

void agent_work::close() {
  if (gathering_) gathering_->close();
  if (at_once_) at_once_->close();
}

transport::reply_inbox& agent_work::inbox_for(std::size_t under_way) {
  return under_way <= few_questions && at_once_->connected() ? *at_once_ : *gathering_;
}

void agent_work::send(const entity_key& instance, const workflow::dispatch& d, const std::string& token) {
  const std::uint64_t number = next_number_.fetch_add(1, std::memory_order_relaxed);
  std::size_t under_way = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto [at, fresh] = numbers_.try_emplace({instance, d.run}, number);
    if (!fresh) {
      const auto before = questions_.find(at->second);
      if (before->second.attempt == d.attempt) return; // under way
      remember(before->first, std::move(before->second));
      questions_.erase(before);
      at->second = number;
    }
    questions_[number] = {instance, d.run, d.attempt};
    under_way = questions_.size();
  }
  const auto asked = inbox_for(under_way).ask(number, d.target, {}, render_work(prefix_, instance, d, token));
  if (asked) return;
  if (!take(number)) return;
  if (asked.error().code != errc::too_large) return refuse_work(router_, {instance, d.run, d.attempt});
  tell_instance(router_, instance,
                workflow::write{workflow::complete{
                    d.run, d.attempt, workflow::failure{{"input_too_large", asked.error().detail}, true}, "ropewalk"}});
}

std::optional<work_place> agent_work::take(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  const auto at = questions_.find(number);
  if (at == questions_.end()) return std::nullopt;
  work_place q = std::move(at->second);
  questions_.erase(at);
  numbers_.erase({q.instance, q.run});
  return q;
}

// Each once, so that whoever goes on answering makes no entry each time.
std::optional<work_place> agent_work::take_over(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  const auto at = over_.find(number);
  if (at == over_.end()) return std::nullopt;
  work_place q = std::move(at->second);
  over_.erase(at);
  return q;
}

void agent_work::remember(std::uint64_t number, work_place q) {
  over_.emplace(number, std::move(q));
  over_in_order_.push_back(number);
  if (over_in_order_.size() <= limits::agent_questions_remembered) return;
  over_.erase(over_in_order_.front());
  over_in_order_.pop_front();
}

void agent_work::answered(std::uint64_t number, transport::nats_message m) {
  if (m.no_responders()) {
    if (const auto q = take(number)) refuse_work(router_, *q);
    return;
  }
  worker_reply said;
  if (const auto code = m.header(transport::error_code_header)) { // a NATS micro service's way to say so
    const auto title = m.header(transport::error_title_header);
    said =
        workflow::outcome{workflow::failure{{transport::harmless_text(*code, limits::error_code_bytes),
                                             transport::harmless_text(title.value_or(""), limits::error_message_bytes)},
                                            false}};
  } else {
    said = read_worker_reply(m.body());
  }
  if (auto* alive = std::get_if<still_at_it>(&said)) {
    std::optional<work_place> q;
    {
      const std::scoped_lock lock(mutex_);
      if (const auto at = questions_.find(number); at != questions_.end()) q = at->second;
    }
    if (q)
      tell_instance(router_, q->instance,
                    workflow::write{workflow::heartbeat{q->run, q->attempt, std::move(alive->progress)}});
    return;
  }
  auto q = take(number);
  if (q) {
    const std::scoped_lock lock(mutex_);
    remember(number, *q);
  } else {
    q = take_over(number);
  }
  if (!q) return;
  tell_instance(
      router_, q->instance,
      workflow::write{workflow::complete{q->run, q->attempt, std::get<workflow::outcome>(std::move(said)), "agent"}});
}

void agent_work::forget(const entity_key& instance, std::uint64_t run) {
  const std::scoped_lock lock(mutex_);
  const auto at = numbers_.find({instance, run});
  if (at == numbers_.end()) return;
  const auto question = questions_.find(at->second);
  remember(question->first, std::move(question->second));
  questions_.erase(question);
  numbers_.erase(at);
}

void agent_work::connection_came_back() {
  std::map<std::uint64_t, work_place> lost;
  {
    const std::scoped_lock lock(mutex_);
    lost.swap(questions_);
    numbers_.clear();
    for (const auto& [number, q] : lost) remember(number, q);
  }
  for (const auto& [number, q] : lost) refuse_work(router_, q);
}

std::size_t agent_work::under_way() const {
  const std::scoped_lock lock(mutex_);
  return questions_.size();
}

} // namespace ropewalk::actors
