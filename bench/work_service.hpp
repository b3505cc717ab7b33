#pragma once
// A worker of phases: what a bench's workflows hand their work to. One process serves all of them.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "bench/nats_client.hpp"

namespace ropewalk::bench {

/// How long a phase of `bench.work.slow` takes, however many there are at a time.
inline constexpr std::chrono::milliseconds slow_phase{100};

/// Serves bench.work.plain, which is done at once, and bench.work.slow, in the queue group `workers`.
class work_service {
public:
  explicit work_service(const std::string& url);
  ~work_service();
  work_service(const work_service&) = delete;
  work_service& operator=(const work_service&) = delete;

private:
  using clock = std::chrono::steady_clock;
  struct due_reply {
    clock::time_point at;
    std::string reply_to;
  };
  void answer_late() noexcept;

  nats_connection connection_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<due_reply> late_; // all take the same time: in the order of their moments
  bool stopping_ = false;
  std::thread timer_;
  nats_subscription plain_, slow_;
};

} // namespace ropewalk::bench
