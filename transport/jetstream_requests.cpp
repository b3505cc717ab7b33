#include "transport/jetstream_requests.hpp"

#include <pthread.h>

namespace ropewalk::transport {

result<std::unique_ptr<jetstream_requests>> jetstream_requests::open(nats_connection& connection, std::string inbox) {
  std::unique_ptr<jetstream_requests> r(new jetstream_requests(connection));
  auto opened = reply_inbox::open(connection, std::move(inbox), [p = r.get()](std::uint64_t number, nats_message m) {
    using kind = jetstream_answer::kind;
    p->answer(number,
              m.no_responders() ? jetstream_answer{kind::no_responders} : jetstream_answer{kind::answered, m.body()});
  });
  if (!opened) return opened.error();
  r->inbox_ = *std::move(opened);
  r->watch_ = std::thread([p = r.get()] {
    ::pthread_setname_np(::pthread_self(), "jetstream-wait");
    p->watch_deadlines();
  });
  return r;
}

jetstream_requests::~jetstream_requests() { close(); }

void jetstream_requests::close() {
  if (!watch_.joinable()) return;
  inbox_->close(); // no answer comes any more
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
  }
  watch_.join();
}

void jetstream_requests::ask(const std::string& subject, std::span<const header_view> headers, std::string_view body,
                             std::chrono::milliseconds wait, on_answer then) {
  const std::uint64_t number = add(wait, jetstream_answer::kind::timed_out, std::move(then));
  const auto sent = inbox_->ask(number, subject, headers, body);
  if (sent) return;
  fail_now(number, sent.error().code == errc::too_large ? jetstream_answer::kind::too_large
                                                        : jetstream_answer::kind::timed_out);
}

std::uint64_t jetstream_requests::add(std::chrono::milliseconds wait, jetstream_answer::kind otherwise,
                                      on_answer then) {
  const std::uint64_t number = inbox_->next_number();
  const std::scoped_lock lock(mutex_);
  const auto deadline = deadlines_.emplace(clock::now() + wait, number);
  open_.emplace(number, question{std::move(then), otherwise, deadline});
  if (deadline == deadlines_.begin()) changed_.notify_all();
  return number;
}

void jetstream_requests::fail_now(std::uint64_t number, jetstream_answer::kind why) {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  found->second.otherwise = why;
  deadlines_.erase(found->second.deadline);
  found->second.deadline = deadlines_.emplace(clock::time_point::min(), number);
  changed_.notify_all();
}

void jetstream_requests::answer(std::uint64_t number, const jetstream_answer& a) {
  on_answer then;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(number);
    if (found == open_.end()) return; // its deadline has passed
    then = std::move(found->second.then);
    deadlines_.erase(found->second.deadline);
    open_.erase(found);
  }
  then(a);
}

void jetstream_requests::watch_deadlines() {
  std::unique_lock lock(mutex_);
  while (!closing_ || !deadlines_.empty()) {
    const auto first = deadlines_.begin();
    if (first == deadlines_.end()) {
      changed_.wait(lock);
      continue;
    }
    if (const auto at = first->first; !closing_ && at > clock::now()) {
      changed_.wait_until(lock, at);
      continue;
    }
    const std::uint64_t number = first->second;
    const jetstream_answer a{closing_ ? jetstream_answer::kind::closed : open_.at(number).otherwise};
    lock.unlock();
    answer(number, a);
    lock.lock();
  }
}

} // namespace ropewalk::transport
