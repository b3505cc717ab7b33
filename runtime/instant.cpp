#include "runtime/instant.hpp"

#include <algorithm>
#include <chrono>

namespace ropewalk {
namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_day = 86'400 * us_per_second;
constexpr instant year_0{-62'167'219'200 * us_per_second};
constexpr instant year_9999_ends{253'402'300'800 * us_per_second - 1};

void put_digits(char* at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// Reads exactly `digits` digits at the text's front and takes them off.
bool take_number(std::string_view& text, int digits, int& value) {
  if (text.size() < static_cast<std::size_t>(digits)) return false;
  value = 0;
  for (int i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char either, char other) {
  if (text.empty() || (text[0] != either && text[0] != other)) return false;
  text.remove_prefix(1);
  return true;
}
bool take(std::string_view& text, char c) { return take(text, c, c); }

error refuse(std::string rule) {
  return invalid({}, "a time must be RFC 3339, as in 2026-01-31T09:05:00Z: " + std::move(rule));
}

} // namespace

void append_rfc3339(std::string& out, instant t) {
  // Four digits of year are all the format has.
  const std::int64_t us = std::clamp(t, year_0, year_9999_ends).us;
  const std::int64_t day = us / us_per_day - (us % us_per_day < 0);
  const std::int64_t in_day = us - day * us_per_day;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto seconds = static_cast<unsigned>(in_day / us_per_second);

  char text[] = "0000-00-00T00:00:00.000000Z";
  put_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(text + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 11, seconds / 3600, 2);
  put_digits(text + 14, seconds / 60 % 60, 2);
  put_digits(text + 17, seconds % 60, 2);
  put_digits(text + 20, static_cast<unsigned>(in_day % us_per_second), 6);
  out.append(text, sizeof text - 1);
}

std::string to_rfc3339(instant t) {
  std::string out;
  append_rfc3339(out, t);
  return out;
}

result<instant> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool date_and_time = take_number(text, 4, year) && take(text, '-') && take_number(text, 2, month) &&
                             take(text, '-') && take_number(text, 2, day) && take(text, 'T', 't') &&
                             take_number(text, 2, hour) && take(text, ':') && take_number(text, 2, minute) &&
                             take(text, ':') && take_number(text, 2, second);
  if (!date_and_time) return refuse("the date or the time is not in that form");

  std::int64_t us = 0;
  if (take(text, '.')) {
    std::size_t decimals = 0;
    for (std::int64_t unit = us_per_second / 10;
         decimals < text.size() && text[decimals] >= '0' && text[decimals] <= '9'; ++decimals, unit /= 10)
      us += unit * (text[decimals] - '0');
    if (decimals == 0 || decimals > 9) return refuse("a decimal point needs 1 to 9 digits behind it");
    text.remove_prefix(decimals);
  }

  int offset_minutes = 0;
  if (!take(text, 'Z', 'z')) {
    const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
    int offset_hour = 0, offset_minute = 0;
    if (sign == 0 || !take_number(text, 2, offset_hour) || !take(text, ':') || !take_number(text, 2, offset_minute))
      return refuse("it must end in Z or an offset as in +02:00");
    if (offset_hour > 23 || offset_minute > 59) return refuse("the offset is out of range");
    offset_minutes = sign * (offset_hour * 60 + offset_minute);
  }
  if (!text.empty()) return refuse("something stands behind the zone");

  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return refuse("there is no such day");
  if (hour > 23 || minute > 59) return refuse("the time of day is out of range");
  if (second > 59) return refuse("seconds go from 00 to 59; leap seconds are not kept");

  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3600 + (minute - offset_minutes) * 60 + second;
  const instant t{seconds * us_per_second + us};
  if (t < instant{} || t > year_9999_ends) return refuse("years go from 1970 to 9999, in UTC");
  return t;
}

} // namespace ropewalk
