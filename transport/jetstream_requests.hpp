#pragma once
// Questions to JetStream with deadlines of our own: each is answered exactly once, on a thread of this class or of the
// NATS client, never inside ask().
//
//   requests->ask("$JS.API.STREAM.INFO.X", {}, "", 5s, [](const jetstream_answer& a) { ... a.body ... });
//
// A deadline that passes says nothing of what was asked: it may have been done, or may still be, also after a
// reconnect, which sends what the client had buffered.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "transport/reply_inbox.hpp"

namespace ropewalk::transport {

struct jetstream_answer {
  enum class kind : std::uint8_t {
    answered,      // body
    no_responders, // nobody serves the subject now: no such stream, or none of its servers leads
    timed_out,
    too_large, // over the server's max_payload: it never went out
    closed,
  };
  kind what = kind::timed_out;
  std::string_view body = {}; // lives as long as the call
};

class jetstream_requests {
public:
  using on_answer = std::function<void(const jetstream_answer&)>; // must not block

  // inbox: a subject of this process alone.
  static result<std::unique_ptr<jetstream_requests>> open(nats_connection& connection, std::string inbox);
  ~jetstream_requests(); // close()
  jetstream_requests(const jetstream_requests&) = delete;
  jetstream_requests& operator=(const jetstream_requests&) = delete;

  void ask(const std::string& subject, std::span<const header_view> headers, std::string_view body,
           std::chrono::milliseconds wait, on_answer then);
  // `timed_out` after the delay: a timer that close() does not forget either.
  void after(std::chrono::milliseconds delay, on_answer then) {
    add(delay, jetstream_answer::kind::timed_out, std::move(then));
  }
  // What is open is answered `closed`, and so is what these answers ask for in turn. Nothing is called afterwards.
  void close();

private:
  using clock = std::chrono::steady_clock;
  using deadlines = std::multimap<clock::time_point, std::uint64_t>;
  struct question {
    on_answer then;
    jetstream_answer::kind otherwise; // at the deadline
    deadlines::iterator deadline;
  };

  explicit jetstream_requests(nats_connection& connection) : connection_(connection) {}
  std::uint64_t add(std::chrono::milliseconds wait, jetstream_answer::kind otherwise, on_answer then);
  void fail_now(std::uint64_t number, jetstream_answer::kind why);
  void answer(std::uint64_t number, const jetstream_answer& a);
  void watch_deadlines();

  nats_connection& connection_;
  std::unique_ptr<reply_inbox> inbox_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, question> open_; // bounded by what the callers have in flight
  deadlines deadlines_;
  bool closing_ = false;
  std::thread watch_;
};

} // namespace ropewalk::transport
