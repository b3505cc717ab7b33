#include "runtime/schedule/zone_rule.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace ropewalk::schedule {
namespace {

constexpr std::int64_t day_s = 86'400;

std::int64_t local_midnight(std::chrono::sys_days day) { return std::int64_t{day.time_since_epoch().count()} * day_s; }

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

} // namespace

int year_of(std::int64_t utc_s) noexcept {
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(
      std::chrono::seconds{std::clamp(utc_s, calendar_begins_s, calendar_ends_s)})};
  return static_cast<int>(std::chrono::year_month_day{day}.year());
}

// Each step takes its part off the front, or marks the whole as broken.
class zone_rule::reader {
public:
  explicit reader(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return rest_.empty(); }
  bool broken() const { return broken_; }
  void require(bool holds) { broken_ |= !holds; }

  void abbreviation() {
    const bool quoted = take('<');
    std::size_t length = 0;
    while (length < rest_.size() &&
           (is_letter(rest_[length]) ||
            (quoted && (is_digit(rest_[length]) || rest_[length] == '+' || rest_[length] == '-'))))
      ++length;
    require(length >= 3);
    rest_.remove_prefix(length);
    if (quoted) require(take('>'));
  }

  // [+-]hh[:mm[:ss]]
  std::int32_t time(int most_hours) {
    const bool negative = take('-');
    if (!negative) take('+');
    std::int32_t seconds = number(0, most_hours) * 3600;
    if (take(':')) {
      seconds += number(0, 59) * 60;
      if (take(':')) seconds += number(0, 59);
    }
    return negative ? -seconds : seconds;
  }
  std::int32_t offset() { return -time(24); } // POSIX counts to the west

  moment change() {
    moment m;
    if (take('M')) {
      m.month = number(1, 12);
      require(take('.'));
      m.week = number(1, 5);
      require(take('.'));
      m.weekday = number(0, 6);
    } else if (take('J')) {
      m.is = moment::form::day_without_leap;
      m.day = number(1, 365);
    } else {
      m.is = moment::form::day_with_leap;
      m.day = number(0, 365);
    }
    if (take('/')) m.time_s = time(167);
    return m;
  }

private:
  int number(int least, int most) {
    int n = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < 3 && is_digit(rest_[digits]); ++digits) n = n * 10 + (rest_[digits] - '0');
    rest_.remove_prefix(digits);
    require(digits > 0 && n >= least && n <= most);
    return n;
  }

  std::string_view rest_;
  bool broken_ = false;
};

result<zone_rule> zone_rule::parse(std::string_view text) {
  zone_rule rule;
  reader r(text);
  r.abbreviation();
  r.require(!r.at_end());
  rule.standard_s_ = r.offset();
  if (!r.broken() && !r.at_end()) {
    daylight_saving d;
    r.abbreviation();
    d.offset_s = rule.standard_s_ + 3600;
    if (!r.take(',')) {
      d.offset_s = r.offset();
      r.require(r.take(','));
    }
    d.begins = r.change();
    r.require(r.take(','));
    d.ends = r.change();
    rule.changes_ = d;
  }
  if (r.broken() || !r.at_end())
    return error{errc::corrupt, "corrupt_time_zone", "the time zone's rule for later years cannot be read",
                 "time_zone"};
  return rule;
}

std::int64_t zone_rule::moment::in(int year) const {
  using namespace std::chrono;
  const std::chrono::year y{year};
  if (is == form::month_week_day) {
    const std::chrono::month m{static_cast<unsigned>(month)};
    const std::chrono::weekday d{static_cast<unsigned>(weekday)};
    const sys_days day = week == 5 ? sys_days{y / m / d[last]} : sys_days{y / m / d[static_cast<unsigned>(week)]};
    return local_midnight(day) + time_s;
  }
  std::int64_t days_in = day;
  if (is == form::day_without_leap) days_in = day - 1 + (y.is_leap() && day >= 60 ? 1 : 0);
  return local_midnight(sys_days{y / January / 1}) + days_in * day_s + time_s;
}

std::array<offset_change, 2> zone_rule::changes_of(int year) const {
  const offset_change begins{changes_->begins.in(year)-standard_s_, changes_->offset_s};
  const offset_change ends{changes_->ends.in(year)-changes_->offset_s, standard_s_};
  if (begins.at_s <= ends.at_s) return {begins, ends};
  return {ends, begins};
}

std::int32_t zone_rule::offset_at(std::int64_t utc_s) const {
  if (!changes_) return standard_s_;
  const int year = year_of(utc_s);
  std::int32_t offset = standard_s_;
  std::int64_t latest = INT64_MIN;
  // A change may lie a week outside its year. Of two at once the later year's holds.
  for (int y = year - 1; y <= year + 1; ++y)
    for (const offset_change& c : changes_of(y))
      if (c.at_s <= utc_s && c.at_s >= latest) latest = c.at_s, offset = c.offset_s;
  return offset;
}

} // namespace ropewalk::schedule
