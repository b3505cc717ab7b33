#pragma once
// When a crashed entity is started again: after a pause that doubles, and not at all beyond an intensity (as
// Erlang's supervisors count it): somebody has to look.

#include <cstdint>
#include <deque>
#include <optional>

#include "runtime/limits.hpp"

namespace ropewalk {

class restart_policy {
public:
  static constexpr std::int64_t first_pause_us = 100'000;

  // The pause before the next start; nullopt: more crashes than limits::restarts within limits::restart_window_s.
  std::optional<std::int64_t> after_crash(std::int64_t now_us) {
    while (!crashes_us_.empty() && crashes_us_.front() <= now_us - limits::restart_window_s * 1'000'000)
      crashes_us_.pop_front();
    crashes_us_.push_back(now_us);
    if (crashes_us_.size() > limits::restarts) return std::nullopt;
    return first_pause_us << (crashes_us_.size() - 1);
  }
  void forget() { crashes_us_.clear(); } // an operator says: try again

private:
  std::deque<std::int64_t> crashes_us_; // at most limits::restarts + 1
};

} // namespace ropewalk
