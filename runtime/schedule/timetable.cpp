#include "runtime/schedule/timetable.hpp"

#include <algorithm>

namespace ropewalk::schedule {
namespace {

constexpr std::int64_t second_us = 1'000'000;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }

// How many of its times lie at or before that second, counted from 1970.
std::int64_t index_at(const interval& i, std::int64_t utc_s) { return floor_div(utc_s - i.offset_s, i.every_s); }
instant time_of(const interval& i, std::int64_t index) { return {(index * i.every_s + i.offset_s) * second_us}; }

std::optional<instant> unless_over(const timetable& t, std::optional<instant> at) {
  if (at && (at->us > calendar_ends_s * second_us || (t.ends_at && *at >= *t.ends_at))) return std::nullopt;
  return at;
}

} // namespace

std::optional<instant> next_after(const timetable& t, instant after, const time_zone& zone) {
  const std::int64_t utc_s = std::clamp(floor_div(after.us, second_us), calendar_begins_s, calendar_ends_s);
  if (const auto* i = std::get_if<interval>(&t.when)) return unless_over(t, time_of(*i, index_at(*i, utc_s) + 1));
  std::optional<instant> first;
  for (const cron_expression& e : std::get<0>(t.when))
    if (const auto at = e.next_after(utc_s, zone); at && (!first || *at * second_us < first->us))
      first = instant{*at * second_us};
  return unless_over(t, first);
}

std::optional<instant> last_between(const timetable& t, instant after, instant until, const time_zone& zone) {
  auto last = next_after(t, after, zone);
  if (!last || *last > until) return std::nullopt;
  // Halved until no other time is left: how many there are does not matter.
  for (std::int64_t none_behind_us = until.us; none_behind_us - last->us > 0;) {
    const std::int64_t middle_us = last->us + (none_behind_us - last->us) / 2;
    if (const auto later = next_after(t, {middle_us}, zone); later && *later <= until) last = later;
    else none_behind_us = middle_us;
  }
  return last;
}

times_passed count_between(const timetable& t, instant after, instant until, const time_zone& zone,
                           std::uint64_t most) {
  times_passed passed;
  if (const auto* i = std::get_if<interval>(&t.when)) {
    const auto first = next_after(t, after, zone);
    if (!first || *first > until || most == 0) return passed;
    if (t.ends_at) until = std::min(until, instant{t.ends_at->us - 1});
    const std::int64_t from = index_at(*i, first->us / second_us);
    const std::int64_t to = index_at(*i, floor_div(until.us, second_us));
    passed.times = std::min(most, static_cast<std::uint64_t>(to - from + 1));
    passed.last = time_of(*i, from + static_cast<std::int64_t>(passed.times) - 1);
    return passed;
  }
  for (auto at = next_after(t, after, zone); at && *at <= until && passed.times < most; at = next_after(t, *at, zone))
    passed.last = *at, ++passed.times;
  return passed;
}

} // namespace ropewalk::schedule
