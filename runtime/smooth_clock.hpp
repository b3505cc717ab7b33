#pragma once
// Wall-clock time that neither jumps nor goes back: it runs with a clock that counts elapsed time (suspend
// included) and leans towards the wall clock by at most a tenth of what elapsed. NTP's corrections are
// followed exactly; an hour's jump is taken in over ten. Idempotency windows, TTLs and timers hang on
// recorded time, so a wrong clock must not age them at once. A mark lets the next process go on in the same
// way, so that a clock that jumps while nobody runs is no other case.

#include <algorithm>
#include <cstdint>

#include "runtime/instant.hpp"

namespace ropewalk {

// How time runs: what was told at a moment of the clock that counts elapsed time. Means nothing to another one,
// such as that of the machine's next boot.
struct clock_mark {
  instant told;
  std::int64_t elapsed_us = 0;
  std::int64_t begun_us = 0; // elapsed: the first start, from which settling counts
  std::int64_t offset_us() const noexcept { return told.us - elapsed_us; }
  friend bool operator==(const clock_mark&, const clock_mark&) = default;
};

class smooth_clock {
public:
  static constexpr std::int64_t lean = 10; // a tenth
  // A machine's clock may be set after its programs are started: so long a step forward is taken at once.
  static constexpr std::int64_t settling_us = 120'000'000;

  smooth_clock(instant wall, std::int64_t elapsed_us) noexcept
      : told_(wall), elapsed_us_(elapsed_us), begun_us_(elapsed_us) {}
  // Goes on from a mark. What has elapsed since counts, however long nobody looked.
  explicit smooth_clock(const clock_mark& from) noexcept
      : told_(from.told), elapsed_us_(from.elapsed_us), begun_us_(from.begun_us) {}

  // elapsed_us: a clock that never goes back. The readings need not come in order.
  instant tell(instant wall, std::int64_t elapsed_us) noexcept {
    const std::int64_t passed = std::max<std::int64_t>(0, elapsed_us - elapsed_us_);
    elapsed_us_ += passed;
    unused_ += passed;
    std::int64_t correction = wall.us - (told_.us + passed);
    const std::int64_t most = unused_ / lean;
    if (correction > 0 && elapsed_us_ - begun_us_ < settling_us) {
      told_.us += passed + correction;
      return told_;
    }
    correction = std::clamp(correction, -std::min(most, passed), most);
    // What was too little to lean by counts for the next reading.
    unused_ = correction == 0 ? std::min(unused_, lean) : unused_ - std::min(unused_, std::abs(correction) * lean);
    told_.us += passed + correction;
    return told_;
  }
  // Wall clock minus what was told.
  std::int64_t behind_us(instant wall) const noexcept { return wall.us - told_.us; }
  clock_mark mark() const noexcept { return {told_, elapsed_us_, begun_us_}; }

private:
  instant told_;
  std::int64_t elapsed_us_;
  const std::int64_t begun_us_;
  std::int64_t unused_ = 0; // elapsed time that was not leaned by yet
};

} // namespace ropewalk
