#include "runtime/schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <span>
#include <string>

#include "runtime/schedule/limits.hpp"

namespace ropewalk::schedule {
namespace {

constexpr std::int64_t minute_s = 60;
constexpr std::int64_t cron_day_s = 86'400;

struct field_form {
  std::string_view name;
  int least, most;
  std::span<const std::string_view> words; // of least, least + 1, ...
  bool day = false;                        // may be "?"
};
constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<field_form, 5> forms = {{{"minute", 0, 59, {}},
                                              {"hour", 0, 23, {}},
                                              {"day of month", 1, 31, {}, true},
                                              {"month", 1, 12, month_names},
                                              {"day of week", 0, 7, weekday_names, true}}};

struct nickname {
  std::string_view name, stands_for;
};
constexpr nickname nicknames[] = {{"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                                  {"@weekly", "0 0 * * 0"},  {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
                                  {"@annually", "0 0 1 1 *"}};

constexpr std::uint64_t bit(int n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t bits(int least, int most) { return (bit(most) << 1) - bit(least); }

bool same_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]) != lower[i]) return false;
  return true;
}

// What of the expression an error repeats: short, and nothing that a terminal would obey.
std::string shown_part(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 32)) out += c >= ' ' && c <= '~' && c != '"' ? c : '?';
  return out += text.size() > 32 ? "...\"" : "\"";
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

// One of the five: the values that match, or the rule that it breaks.
class field_reader {
public:
  explicit field_reader(const field_form& form) : form_(form) {}

  std::uint64_t read(std::string_view text) {
    if (text.ends_with(',')) refuse("a list must not end with a comma");
    std::uint64_t all = 0;
    while (!text.empty() && rule_.empty()) all |= item(take_until(text, ','));
    return all;
  }
  const std::string& broken_rule() const noexcept { return rule_; }

private:
  std::string range() const { return std::to_string(form_.least) + '-' + std::to_string(form_.most); }
  void refuse(std::string rule) {
    if (rule_.empty()) rule_ = std::string(form_.name) + ": " + std::move(rule);
  }

  std::uint64_t item(std::string_view text) {
    const bool stepped = text.find('/') != std::string_view::npos;
    std::string_view rest = text;
    const std::string_view values = take_until(rest, '/');
    int first = form_.least, last = form_.most;
    if (values == "?") {
      if (!form_.day) return refuse("\"?\" stands in the two day fields only"), 0;
    } else if (values != "*") {
      std::string_view to = values;
      const std::string_view from = take_until(to, '-');
      const bool ranged = from.size() < values.size();
      first = last = value(from);
      if (ranged) last = value(to);
      else if (stepped) last = form_.most;
      if (ranged && last == 0 && form_.most == 7 && first > 0) last = 7; // fri-sun
      if (rule_.empty() && last < first) refuse("the range " + shown_part(values) + " must ascend");
    }
    int step = 1;
    if (stepped) {
      step = number(rest);
      if (rule_.empty() && (step < 1 || step > form_.most - form_.least))
        refuse("the step of " + shown_part(text) + " must be 1 to " + std::to_string(form_.most - form_.least));
    }
    if (!rule_.empty()) return 0;
    std::uint64_t set = 0;
    for (int n = first; n <= last; n += step) set |= bit(n);
    return set;
  }

  int value(std::string_view text) {
    for (std::size_t i = 0; i < form_.words.size(); ++i)
      if (same_word(text, form_.words[i])) return form_.least + static_cast<int>(i);
    const int n = number(text);
    if (rule_.empty() && (n < form_.least || n > form_.most)) refuse(shown_part(text) + " is not in " + range());
    return n;
  }

  int number(std::string_view text) {
    int n = 0;
    bool fine = !text.empty() && text.size() <= 4;
    for (const char c : text) {
      fine = fine && c >= '0' && c <= '9';
      if (fine) n = n * 10 + (c - '0');
    }
    if (!fine)
      refuse(shown_part(text) + " is no number" + (form_.words.empty() ? "" : " and no name") + " of " + range());
    return n;
  }

  const field_form& form_;
  std::string rule_;
};

int longest(int month) { return month == 2 ? 29 : bit(month) & (bit(4) | bit(6) | bit(9) | bit(11)) ? 30 : 31; }

// The lowest value at or above n, or -1.
int next_bit(std::uint64_t set, int n) {
  const std::uint64_t left = n > 63 ? 0 : set & ~(bit(n) - 1);
  return left == 0 ? -1 : std::countr_zero(left);
}

} // namespace

result<cron_expression> cron_expression::parse(std::string_view text, std::string_view field) {
  const auto refuse = [&](std::string rule) { return invalid(std::string(field), std::move(rule)); };
  if (text.size() > limits::cron_bytes)
    return refuse("must be at most " + std::to_string(limits::cron_bytes) + " bytes long");
  constexpr std::string_view white = " \t";
  const auto trim = [&](std::string_view& t) {
    t.remove_prefix(std::min(t.find_first_not_of(white), t.size()));
    t = t.substr(0, t.find_last_not_of(white) + 1);
  };
  trim(text);
  if (text.starts_with('@')) {
    const nickname* known = nullptr;
    for (const nickname& n : nicknames)
      if (same_word(text, n.name)) known = &n;
    if (!known)
      return refuse(shown_part(text) + " is not one of @hourly @daily @midnight @weekly @monthly @yearly @annually; "
                                       "an interval is given as \"every\"");
    text = known->stands_for;
  }
  if (text.find('=') != std::string_view::npos) return refuse("a time zone is given in its own field, \"time_zone\"");

  std::array<std::string_view, 5> parts;
  std::size_t count = 0;
  for (std::string_view rest = text; !rest.empty(); trim(rest)) {
    const std::size_t length = std::min(rest.find_first_of(white), rest.size());
    if (count < parts.size()) parts[count] = rest.substr(0, length);
    rest.remove_prefix(length);
    ++count;
  }
  if (count != parts.size())
    return refuse("must have five fields (minute, hour, day of month, month, day of week), not " +
                  std::to_string(count));

  cron_expression e;
  std::uint64_t* const sets[] = {&e.minutes_, &e.hours_, &e.month_days_, &e.months_, &e.weekdays_};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    field_reader reader(forms[i]);
    *sets[i] = reader.read(parts[i]);
    if (!reader.broken_rule().empty()) return refuse(reader.broken_rule());
  }
  if (e.weekdays_ & bit(7)) e.weekdays_ = (e.weekdays_ | bit(0)) & ~bit(7);
  const auto restricted = [](std::string_view part) { return !part.starts_with('*') && !part.starts_with('?'); };
  e.either_day_ = restricted(parts[2]) && restricted(parts[4]);
  bool comes = e.either_day_;
  for (int month = 1; month <= 12 && !comes; ++month)
    comes = (e.months_ & bit(month)) && (e.month_days_ & bits(1, longest(month)));
  if (!comes) return refuse("day of month: no month that is given has that day, it would never come");
  return e;
}

std::optional<std::int64_t> cron_expression::next_after(std::int64_t utc_s, const time_zone& zone) const {
  if (utc_s >= calendar_ends_s) return std::nullopt;
  utc_s = std::max(utc_s, calendar_begins_s);
  return hours_ == bits(0, 23) ? next_by_hours(utc_s, zone) : next_by_clock(utc_s, zone);
}

std::optional<std::int64_t> cron_expression::next_by_clock(std::int64_t utc_s, const time_zone& zone) const {
  // In the second pass of an overlap the local times that come were answered in the first.
  for (auto local = next_local(zone.local_at(utc_s)); local; local = next_local(*local + minute_s)) {
    const local_time_match found = zone.find(*local);
    const std::int64_t at = found.first.value_or(found.gap_end_s);
    if (at > utc_s) return at > calendar_ends_s ? std::nullopt : std::optional(at);
  }
  return std::nullopt;
}

std::optional<std::int64_t> cron_expression::next_by_hours(std::int64_t utc_s, const time_zone& zone) const {
  // From one change of the clock to the next.
  for (std::int64_t from = utc_s + 1;;) {
    const std::int32_t offset = zone.offset_at(from);
    const auto local = next_local(from + offset);
    const auto change = zone.change_after(from);
    if (local && (!change || *local - offset < change->at_s))
      return *local - offset > calendar_ends_s ? std::nullopt : std::optional(*local - offset);
    if (!change) return std::nullopt;
    from = change->at_s;
  }
}

std::optional<std::int64_t> cron_expression::next_local(std::int64_t local_s) const {
  using namespace std::chrono;
  if (local_s > calendar_ends_s) return std::nullopt;
  const std::int64_t begin_minute = -floor<minutes>(seconds{-local_s}).count(); // rounded up
  const sys_days first_day{days{floor<days>(minutes{begin_minute}).count()}};
  int minute_of_day = static_cast<int>(begin_minute - std::int64_t{first_day.time_since_epoch().count()} * 1440);
  for (sys_days day = first_day;;) {
    const year_month_day date{day};
    if (static_cast<int>(date.year()) > 9999) return std::nullopt;
    if (!(months_ & bit(static_cast<int>(static_cast<unsigned>(date.month()))))) {
      day = sys_days{(date.year() / date.month() + months{1}) / 1};
      minute_of_day = 0;
      continue;
    }
    const bool in_month = month_days_ & bit(static_cast<int>(static_cast<unsigned>(date.day())));
    const bool in_week = weekdays_ & bit(static_cast<int>(weekday{day}.c_encoding()));
    if (either_day_ ? in_month || in_week : in_month && in_week) {
      int hour = next_bit(hours_, minute_of_day / 60);
      int minute = next_bit(minutes_, hour == minute_of_day / 60 ? minute_of_day % 60 : 0);
      if (hour >= 0 && minute < 0) {
        hour = next_bit(hours_, hour + 1);
        minute = next_bit(minutes_, 0);
      }
      if (hour >= 0) return std::int64_t{day.time_since_epoch().count()} * cron_day_s + hour * 3600 + minute * minute_s;
    }
    day += days{1};
    minute_of_day = 0;
  }
}

} // namespace ropewalk::schedule
