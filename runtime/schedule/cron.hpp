#pragma once
// Cron expressions of five fields, as Vixie cron has them:
//
//   minute 0-59   hour 0-23   day of month 1-31   month 1-12 or jan-dec   day of week 0-7 or sun-sat (0, 7: Sunday)
//   *   a   a-b   */n   a-b/n   a/n (from a on)   and lists of them: 0,30   mon-fri   9-17/2   ? as * (days only)
//   @hourly @daily @midnight @weekly @monthly @yearly @annually
//
// If both day fields are restricted (neither begins with * or ?) a day need match only one of them, else both.
//
// In a time zone whose clock is put forward and back: a local time that does not exist fires at the first
// moment after the gap (once for all that fall into it), one that comes twice fires the first time. An
// expression of every hour counts hours that pass, not what the clock shows: a missing local time is left
// out and a repeated one fires both times, or the gap would give a run too many and the overlap an hour
// without any.
//
//   auto nightly = cron_expression::parse("30 2 * * mon-fri", "cron[0]");
//   std::optional<std::int64_t> s = nightly->next_after(now_s, berlin);   // UTC, seconds since 1970

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/result.hpp"
#include "runtime/schedule/time_zone.hpp"

namespace ropewalk::schedule {

class cron_expression {
public:
  // errc::invalid with that field; the detail names the expression's own field: "day of month: 32 is not in
  // 1-31". A day that never comes (30 February) is refused.
  static result<cron_expression> parse(std::string_view text, std::string_view field);

  // The first moment behind that one; nullopt beyond the year 9999.
  std::optional<std::int64_t> next_after(std::int64_t utc_s, const time_zone& zone) const;

  friend bool operator==(const cron_expression&, const cron_expression&) = default;

private:
  std::optional<std::int64_t> next_local(std::int64_t local_s) const; // at or behind it
  std::optional<std::int64_t> next_by_clock(std::int64_t utc_s, const time_zone& zone) const;
  std::optional<std::int64_t> next_by_hours(std::int64_t utc_s, const time_zone& zone) const;

  // Bit n: the value n matches.
  std::uint64_t minutes_ = 0, hours_ = 0, month_days_ = 0, months_ = 0, weekdays_ = 0;
  bool either_day_ = false;
};

} // namespace ropewalk::schedule
