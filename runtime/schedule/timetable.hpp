#pragma once
// When a schedule fires: by cron expressions in a time zone, or at an interval. Nominal times, in whole
// seconds, before jitter.

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "runtime/instant.hpp"
#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/time_zone.hpp"

namespace ropewalk::schedule {

// At every multiple of it since 1970-01-01T00:00:00Z, and offset later; by UTC, whatever clocks do.
struct interval {
  std::int64_t every_s = 1;
  std::int64_t offset_s = 0; // below every_s
  friend bool operator==(const interval&, const interval&) = default;
};

struct timetable {
  std::variant<std::vector<cron_expression>, interval> when = interval{};
  std::optional<instant> ends_at; // no time at or behind it

  bool by_clock() const noexcept { return when.index() == 0; }
};

// The first time behind that moment; nullopt if there is none any more.
std::optional<instant> next_after(const timetable& t, instant after, const time_zone& zone);

// The last one in (after, until].
std::optional<instant> last_between(const timetable& t, instant after, instant until, const time_zone& zone);

struct times_passed {
  instant last;            // of those counted; meaningless if there is none
  std::uint64_t times = 0; // at most `most`
};
// Those in (after, until], counted from the earliest on.
times_passed count_between(const timetable& t, instant after, instant until, const time_zone& zone, std::uint64_t most);

} // namespace ropewalk::schedule
