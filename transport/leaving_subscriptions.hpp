#pragma once
// Subscriptions that are to end: what has arrived is still given to them, and nobody waits meanwhile. One thread.

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

class leaving_subscriptions {
public:
  void add(std::unique_ptr<nats_subscription> s) {
    s->begin_drain(longest);
    all_.push_back(std::move(s));
  }
  // Forgets those that are through: often.
  void sweep() {
    std::erase_if(all_, [](const auto& s) { return s->drained(); });
  }
  // Waits for all: after it nothing comes in. False: the time-out came first for some.
  bool close(std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    bool in_time = true;
    for (const auto& s : all_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      in_time = s->drain(std::max(left, std::chrono::milliseconds(1))) && in_time;
    }
    all_.clear();
    return in_time;
  }

private:
  static constexpr std::chrono::milliseconds longest{5000};
  std::vector<std::unique_ptr<nats_subscription>> all_;
};

} // namespace ropewalk::transport
