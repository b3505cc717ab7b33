#pragma once
// Whether a partition's stream answers this node: a rule without a clock or a thread.
//
//   s.asked(now);  if (s.came_to_nothing(now) == stream_silence::news::silent) log(...);
//
// Questions that came to nothing are the evidence, so a stream that is asked nothing is not silent. One that fell silent stays so
// until it answers; who asks nothing any more does not learn of that. One that declines what is written (its server has no
// room) is as good as silent, whatever it tells who only asks, until it takes something.

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace ropewalk::actors {

class stream_silence {
public:
  using time = std::chrono::steady_clock::time_point;
  enum class news : std::uint8_t { none, silent, answers };

  // Longer than a stream's election takes as a rule: who is told can do something about it.
  static constexpr std::chrono::seconds long_enough{5};

  void asked(time now) {
    if (!since_) since_ = now;
  }
  news came_to_nothing(time now) { // no answer in time
    if (silent_ || !since_ || now - *since_ < long_enough) return news::none;
    silent_ = true;
    return news::silent;
  }
  news declined(time now) { // a write, with an answer
    declines_ = true;
    return came_to_nothing(now);
  }
  news answered() { return declines_ ? news::none : took(); }
  void writes_no_more() { declines_ = false; } // who only asks goes by the answers
  news took() {                                // what was written, by whomever
    declines_ = false;
    since_.reset();
    return std::exchange(silent_, false) ? news::answers : news::none;
  }

  // Since the first question without an answer; 0: it answers, or has not been silent for long.
  std::chrono::milliseconds silent_for(time now) const {
    return silent_ ? std::chrono::duration_cast<std::chrono::milliseconds>(now - *since_) : std::chrono::milliseconds{};
  }
  bool lacks_room() const { return silent_ && declines_; } // it answers, and has taken nothing for long

private:
  std::optional<time> since_;
  bool silent_ = false, declines_ = false;
};

} // namespace ropewalk::actors
