#pragma once
// A decision in the making: the events so far, and the schedule as they leave it.

#include <algorithm>
#include <cstdint>

#include "runtime/schedule/machine.hpp"

namespace ropewalk::schedule {

class drafting {
public:
  // zone: the schedule's, null if it is not known.
  drafting(const entity_key& who, const schedule_instance& s, const time_zone* zone, instant now)
      : who_(who), zone_(zone), at_(std::max(s.recorded_at, now)), s_(s) {}

  const schedule_instance& state() const noexcept { return s_; }
  const entity_key& who() const noexcept { return who_; }
  const time_zone* zone() const noexcept { return zone_; }
  instant at() const noexcept { return at_; } // what is recorded
  decision& made() noexcept { return made_; }
  void emit(event e);
  // After an update: from here on the new zone counts.
  void use(const time_zone* zone) noexcept { zone_ = zone; }

  // All that is due, as far as one decision goes; false if something is left. The zone must be known.
  bool work_off();
  // One start, as the policy allows.
  enum class taken : std::uint8_t { fired, buffered, skipped, present };
  taken take(instant scheduled_at, start_cause cause, overlap policy);
  // Starts what waits, if nothing runs any more.
  void drain();
  // What is outstanding, sent again.
  void send_again();

private:
  void fire(instant scheduled_at, start_cause cause);
  void wait(instant scheduled_at, start_cause cause, overlap policy);
  void skip(instant scheduled_at, start_cause cause, skip_reason reason);
  void tell(const running_start& r, stop what);

  const entity_key& who_;
  const time_zone* zone_;
  const instant at_;
  schedule_instance s_;
  decision made_;
};

} // namespace ropewalk::schedule
