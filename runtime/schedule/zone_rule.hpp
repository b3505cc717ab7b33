#pragma once
// The rule by which a zone's clock changes in years that its table does not reach: the TZ string of POSIX with
// the extensions of RFC 8536, section 3.3 (names in < >, times of a change from -167 to 167 hours).
//
//   CET-1CEST,M3.5.0,M10.5.0/3     standard time an hour east; daylight saving from the last Sunday of March,
//                                  02:00, to the last Sunday of October, 03:00 (both in local time)
//   <+1030>-10:30<+11>-11,M10.1.0,M4.1.0
//   <+03>-3                        without changes
//
// Seconds everywhere: UTC since 1970, offsets east of Greenwich.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::schedule {

// At this moment the clock's offset changes.
struct offset_change {
  std::int64_t at_s = 0;
  std::int32_t offset_s = 0; // from then on
};

class zone_rule {
public:
  // errc::corrupt if it is no such string, or has daylight saving without saying when.
  static result<zone_rule> parse(std::string_view text);

  std::int32_t offset_at(std::int64_t utc_s) const;
  bool has_changes() const noexcept { return changes_.has_value(); }
  // The two changes of that year (in standard time's reckoning), in the order of time.
  std::array<offset_change, 2> changes_of(int year) const;

private:
  // A day of the year and the local time on it.
  struct moment {
    enum class form : std::uint8_t { month_week_day, day_without_leap, day_with_leap };
    form is = form::month_week_day;
    int month = 1, week = 1, weekday = 0; // week 5: the last
    int day = 0;                          // J1 to J365 (29 February is not counted), or 0 to 365
    std::int32_t time_s = 7200;
    std::int64_t in(int year) const; // local seconds
  };
  struct daylight_saving {
    std::int32_t offset_s = 0;
    moment begins, ends;
  };
  class reader;

  std::int32_t standard_s_ = 0;
  std::optional<daylight_saving> changes_;
};

// The year, in UTC, of a moment between the years 0 and 10000.
int year_of(std::int64_t utc_s) noexcept;
// What the zones reckon with: from the beginning of the year 0 to the end of the year 9999.
inline constexpr std::int64_t calendar_begins_s = -62'167'219'200;
inline constexpr std::int64_t calendar_ends_s = 253'402'300'799;

} // namespace ropewalk::schedule
