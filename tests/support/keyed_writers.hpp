#pragma once
// Writers that never give up: each appends to its thread, every message with a key of its own and again with that key
// until it is acknowledged, whatever is killed meanwhile. Afterwards every acknowledged append must be there once and in
// order.
//
//   keyed_writers writers(system, 64, 16);
//   ... kill and start things ...
//   const auto tally = writers.stop();
//   writers.check(system);

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/system_client.hpp"

namespace ropewalk::tests {

class keyed_writers {
public:
  struct tally {
    std::size_t acknowledged = 0;
    std::size_t replayed = 0; // answered again by key
    std::size_t failed = 0;   // refused for good; why is shown with the test's next failure
  };

  // Creates threads "t0", "t1", ...; writer w appends to thread w % threads.
  keyed_writers(system_client& system, int writers, int threads);
  ~keyed_writers() { stop(); }
  keyed_writers(const keyed_writers&) = delete;
  keyed_writers& operator=(const keyed_writers&) = delete;

  tally stop(); // what is not acknowledged then may or may not be there
  std::size_t acknowledged() const { return acknowledged_.load(); }
  // After stop().
  void check(system_client& system) const;

private:
  struct ack {
    std::uint64_t seq;
    std::string content;
  };
  void write(int writer);

  const std::string url_;
  const int threads_;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> acknowledged_{0}, replayed_{0}, failed_{0};
  std::mutex mutex_;
  std::string refusals_;
  std::vector<std::vector<ack>> acks_;
  std::vector<std::thread> running_;
};

} // namespace ropewalk::tests
