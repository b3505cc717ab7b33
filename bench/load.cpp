#include "bench/load.hpp"

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds watch_interval{100};

struct slot {
  request current;
  std::string reply_subject; // always the same one: the server's subject cache then costs the baseline nothing
  clock::time_point sent_at;
  bool waiting = false;
};

/// All fields are guarded by `mutex_`. The subscription's thread holds it for each reply, the caller's thread
/// only at the start, ten times a second and at the end, so it is all but free.
class generator {
public:
  generator(nats_connection& client, const load_plan& plan, const request_source& next_request)
      : client_(client), plan_(plan), next_request_(next_request), inbox_(new_inbox()), slots_(plan.in_flight) {
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].reply_subject = inbox_ + "." + std::to_string(i);
  }

  load_result run() {
    const nats_subscription replies{client_, inbox_ + ".*", [this](natsMsg* reply) { on_reply(reply); }};
    std::unique_lock lock{mutex_};
    measuring_ = plan_.requests != 0;
    auto measured_from = clock::now();
    for (std::size_t i = 0; i < slots_.size(); ++i) send_next(i);

    if (plan_.requests == 0) {
      watch_until(lock, clock::now() + plan_.warm_up);
      measuring_ = true;
      measured_from = clock::now();
      watch_until(lock, measured_from + plan_.measured);
      measuring_ = false;
      result_.elapsed = clock::now() - measured_from;
      stopping_ = true;
      watch_until(lock, clock::time_point::max());
    } else {
      watch_until(lock, clock::time_point::max());
      result_.elapsed = last_reply_at_ - measured_from;
    }
    return result_;
  }

private:
  /// Until `end`, or until nothing is in flight any more. Throws what the subscription's thread has noticed.
  void watch_until(std::unique_lock<std::mutex>& lock, clock::time_point end) {
    while (waiting_ > 0 && clock::now() < end) {
      changed_.wait_until(lock, std::min(end, clock::now() + watch_interval));
      if (!failure_.empty()) throw std::runtime_error(failure_);
      refuse_silence();
    }
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

  void refuse_silence() const {
    const auto oldest_allowed = clock::now() - plan_.reply_time_out;
    for (const auto& s : slots_)
      if (s.waiting && s.sent_at < oldest_allowed)
        throw std::runtime_error("no reply from " + s.current.subject + " within " +
                                 std::to_string(plan_.reply_time_out.count()) + " ms");
  }

  void send_next(std::size_t index) {
    if (stopping_ || (plan_.requests != 0 && result_.sent == plan_.requests)) return;
    auto& s = slots_[index];
    next_request_(s.current, index, result_.sent);
    ++result_.sent;
    s.sent_at = clock::now();
    client_.publish(s.current.subject.c_str(), s.reply_subject.c_str(), s.current.body);
    s.waiting = true;
    ++waiting_;
  }

  void on_reply(natsMsg* reply) noexcept {
    const auto now = clock::now();
    const std::scoped_lock lock{mutex_};
    if (!failure_.empty()) return;
    try {
      accept(reply, now);
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
    if (!failure_.empty() || waiting_ == 0) changed_.notify_one();
  }

  void accept(natsMsg* reply, clock::time_point now) {
    const auto index = slot_of(natsMsg_GetSubject(reply));
    auto& s = slots_.at(index);
    if (const auto problem = problem_of(reply); !problem.empty())
      throw std::runtime_error("reply from " + s.current.subject + ": " + problem);
    if (!s.waiting) throw std::runtime_error("a second reply from " + s.current.subject);
    s.waiting = false;
    --waiting_;
    last_reply_at_ = now;
    if (measuring_) {
      result_.latency.record(now - s.sent_at);
      result_.reply_bytes += static_cast<std::uint64_t>(natsMsg_GetDataLength(reply));
    }
    send_next(index);
  }

  std::size_t slot_of(std::string_view subject) const {
    const auto token = subject.substr(inbox_.size() + 1);
    std::size_t index = slots_.size(); // out of range, if it is not a number
    std::from_chars(token.data(), token.data() + token.size(), index);
    return index;
  }

  nats_connection& client_;
  const load_plan plan_;
  const request_source& next_request_;
  const std::string inbox_;

  std::mutex mutex_;
  std::condition_variable changed_; // a failure, or nothing in flight any more
  std::vector<slot> slots_;
  std::size_t waiting_ = 0;
  bool measuring_ = false;
  bool stopping_ = false;
  clock::time_point last_reply_at_;
  std::string failure_;
  load_result result_;
};

} // namespace

load_result run_load(nats_connection& client, const load_plan& plan, const request_source& next_request) {
  return generator{client, plan, next_request}.run();
}

} // namespace ropewalk::bench
