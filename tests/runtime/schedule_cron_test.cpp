#include <chrono>

#include "runtime/schedule/cron.hpp"
#include "runtime/schedule/timetable.hpp"
#include "tests/random_seed.hpp"
#include "tests/runtime/schedule_zones.hpp"

namespace ropewalk::schedule {
namespace {

using namespace tests;
using ropewalk::tests::random_seed;

cron_expression cron(std::string_view text) {
  auto e = cron_expression::parse(text, "cron");
  if (!e) FAIL(std::string(text) << ": " << e.error().detail);
  return *std::move(e);
}
std::string refusal_of(std::string_view text) {
  const auto e = cron_expression::parse(text, "schedule.cron[1]");
  if (e) return "";
  CHECK(e.error().code == errc::invalid);
  CHECK(e.error().field == "schedule.cron[1]");
  return e.error().detail;
}
// The next times, in the zone's own local time.
std::vector<std::string> next_times(std::string_view text, const char* after, int count, const time_zone& zone = {}) {
  const cron_expression e = cron(text);
  std::vector<std::string> times;
  auto at = e.next_after(utc_s(after), zone);
  for (; at && static_cast<int>(times.size()) < count; at = e.next_after(*at, zone))
    times.push_back(shown(zone.local_at(*at)).substr(0, 16));
  return times;
}
using times = std::vector<std::string>;

} // namespace

TEST_CASE("expressions fire when cron would") {
  struct row {
    const char *text, *after;
    times next;
  };
  const row rows[] = {
      {"* * * * *", "2026-01-31T23:58:30Z", {"2026-01-31T23:59", "2026-02-01T00:00"}},
      {"*/15 * * * *", "2026-01-31T23:31:00Z", {"2026-01-31T23:45", "2026-02-01T00:00"}},
      {"5/20 * * * *", "2026-01-31T23:31:00Z", {"2026-01-31T23:45", "2026-02-01T00:05", "2026-02-01T00:25"}},
      {"0,30 9-17/4 * * *", "2026-01-31T09:30:00Z", {"2026-01-31T13:00", "2026-01-31T13:30", "2026-01-31T17:00"}},
      {"30 2 * * *", "2026-01-31T02:30:00Z", {"2026-02-01T02:30"}},
      {"30 2 * * *", "2026-01-31T02:29:59Z", {"2026-01-31T02:30"}},
      {"0 0 1 1 *", "2026-01-01T00:00:00Z", {"2027-01-01T00:00"}},
      // days
      {"0 0 31 * *", "2026-01-31T00:00:00Z", {"2026-03-31T00:00", "2026-05-31T00:00", "2026-07-31T00:00"}},
      {"0 12 29 2 *", "2026-01-01T00:00:00Z", {"2028-02-29T12:00", "2032-02-29T12:00"}},
      {"0 12 29 2 *", "2096-03-01T00:00:00Z", {"2104-02-29T12:00"}}, // 2100 is no leap year
      {"0 12 29 feb ?", "2026-01-01T00:00:00Z", {"2028-02-29T12:00"}},
      {"0 0 28-31 2 *", "2027-02-01T00:00:00Z", {"2027-02-28T00:00", "2028-02-28T00:00", "2028-02-29T00:00"}},
      {"0 0 * * 0", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-08T00:00"}},
      {"0 0 * * 7", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-08T00:00"}},
      {"0 0 * * SUN", "2026-01-31T00:00:00Z", {"2026-02-01T00:00"}},
      {"0 0 * * mon-fri", "2026-01-30T00:00:00Z", {"2026-02-02T00:00", "2026-02-03T00:00"}},
      {"0 0 * * 5-7", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-06T00:00", "2026-02-07T00:00"}},
      {"0 0 * * fri-sun", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-06T00:00"}},
      {"0 0 * * */2", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-03T00:00", "2026-02-05T00:00"}},
      {"0 0 1 JAN,jul *", "2026-01-31T00:00:00Z", {"2026-07-01T00:00", "2027-01-01T00:00"}},
      // both days restricted: either; one begins with a star: both
      {"0 0 13 * 5", "2026-02-01T00:00:00Z", {"2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"}},
      {"0 0 15 * 5", "2026-02-07T00:00:00Z", {"2026-02-13T00:00", "2026-02-15T00:00", "2026-02-20T00:00"}},
      {"0 0 */10 * 0", "2026-02-01T00:00:00Z", {"2026-03-01T00:00", "2026-05-31T00:00", "2026-06-21T00:00"}},
      {"0 0 29 2 */7", "2026-01-01T00:00:00Z", {"2032-02-29T00:00", "2060-02-29T00:00"}},
      {"0 0 29 2 */6", "2080-02-29T00:00:00Z", {"2088-02-29T00:00", "2116-02-29T00:00"}},
      {"0 0 30 2 1", "2026-01-31T00:00:00Z", {"2026-02-02T00:00"}}, // Mondays of February do come
      {"@hourly", "2026-01-31T23:00:00Z", {"2026-02-01T00:00"}},
      {"@daily", "2026-01-31T00:00:00Z", {"2026-02-01T00:00"}},
      {"@midnight", "2026-01-31T00:00:00Z", {"2026-02-01T00:00"}},
      {"@weekly", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-02-08T00:00"}},
      {"@monthly", "2026-01-31T00:00:00Z", {"2026-02-01T00:00", "2026-03-01T00:00"}},
      {"@yearly", "2026-01-31T00:00:00Z", {"2027-01-01T00:00"}},
      {" @Annually\t", "2026-01-31T00:00:00Z", {"2027-01-01T00:00"}},
      {"\t0  0\t1 1   * ", "2026-01-31T00:00:00Z", {"2027-01-01T00:00"}},
  };
  for (const row& r : rows) {
    INFO(r.text);
    CHECK(next_times(r.text, r.after, static_cast<int>(r.next.size())) == r.next);
  }
  CHECK_FALSE(cron("@yearly").next_after(utc_s("9999-06-01T00:00:00Z"), {}));
  CHECK_FALSE(cron("* * * * *").next_after(INT64_MAX, {}));
  CHECK(cron("* * * * *").next_after(INT64_MIN, {}));
  CHECK_FALSE(cron("59 23 31 12 *").next_after(utc_s("9999-12-31T23:59:00Z"), ruled(new_york_rule)));
}

TEST_CASE("a refused expression is told which field breaks which rule") {
  const std::pair<const char*, const char*> rows[] = {
      {"", "must have five fields (minute, hour, day of month, month, day of week), not 0"},
      {"* * * *", "must have five fields (minute, hour, day of month, month, day of week), not 4"},
      {"0 * * * * *", "must have five fields (minute, hour, day of month, month, day of week), not 6"},
      {"60 * * * *", "minute: \"60\" is not in 0-59"},
      {"* 24 * * *", "hour: \"24\" is not in 0-23"},
      {"* * 0 * *", "day of month: \"0\" is not in 1-31"},
      {"* * 32 * *", "day of month: \"32\" is not in 1-31"},
      {"* * * 13 *", "month: \"13\" is not in 1-12"},
      {"* * * * 8", "day of week: \"8\" is not in 0-7"},
      {"-1 * * * *", "minute: \"\" is no number of 0-59"},
      {"1- * * * *", "minute: \"\" is no number of 0-59"},
      {"1,,2 * * * *", "minute: \"\" is no number of 0-59"},
      {"1, * * * *", "minute: a list must not end with a comma"},
      {"x * * * *", "minute: \"x\" is no number of 0-59"},
      {"* * * foo *", "month: \"foo\" is no number and no name of 1-12"},
      {"* * * mon *", "month: \"mon\" is no number and no name of 1-12"},
      {"30-10 * * * *", "minute: the range \"30-10\" must ascend"},
      {"* * * * fri-mon", "day of week: the range \"fri-mon\" must ascend"},
      {"*/0 * * * *", "minute: the step of \"*/0\" must be 1 to 59"},
      {"*/90 * * * *", "minute: the step of \"*/90\" must be 1 to 59"},
      {"*/ * * * *", "minute: \"\" is no number of 0-59"},
      {"*/2/2 * * * *", "minute: \"2/2\" is no number of 0-59"},
      {"? * * * *", "minute: \"?\" stands in the two day fields only"},
      {"* * L * *", "day of month: \"L\" is no number of 1-31"},
      {"0 0 30 2 *", "day of month: no month that is given has that day, it would never come"},
      {"0 0 31 4,6,9,11 *", "day of month: no month that is given has that day, it would never come"},
      {"0 0 31 feb */2", "day of month: no month that is given has that day, it would never come"},
      {"@every 5m",
       "\"@every 5m\" is not one of @hourly @daily @midnight @weekly @monthly @yearly @annually; an interval is given "
       "as \"every\""},
      {"TZ=Europe/Berlin 0 0 * * *", "a time zone is given in its own field, \"time_zone\""},
      {"\x1b[2J * * * *", "minute: \"?[2J\" is no number of 0-59"},
      {"99999999999999999999999999999999999 * * * *",
       "minute: \"99999999999999999999999999999999...\" is no number of 0-59"},
  };
  for (const auto& [text, detail] : rows) CHECK(refusal_of(text) == detail);
  CHECK(refusal_of(std::string(257, '*')) == "must be at most 256 bytes long");
}

TEST_CASE("a time in a gap fires right after it, one in an overlap once") {
  const time_zone berlin = ruled(berlin_rule), york = ruled(new_york_rule), howe = ruled(lord_howe_rule);
  CHECK(next_times("30 2 * * *", "2026-03-28T00:00:00Z", 3, berlin) ==
        times{"2026-03-28T02:30", "2026-03-29T03:00", "2026-03-30T02:30"});
  CHECK(next_times("*/10 2 * * *", "2026-03-28T01:45:00Z", 3, berlin) ==
        times{"2026-03-28T02:50", "2026-03-29T03:00", "2026-03-30T02:00"});
  CHECK(next_times("0 2,3 * * *", "2026-03-28T12:00:00Z", 2, berlin) == times{"2026-03-29T03:00", "2026-03-30T02:00"});
  CHECK(next_times("30 2 * * *", "2026-10-24T12:00:00Z", 2, berlin) == times{"2026-10-25T02:30", "2026-10-26T02:30"});
  CHECK(*cron("30 2 * * *").next_after(utc_s("2026-10-24T12:00:00Z"), berlin) == utc_s("2026-10-25T00:30:00Z"));
  CHECK(*cron("30 2 * * *").next_after(utc_s("2026-10-25T01:10:00Z"), berlin) == utc_s("2026-10-26T01:30:00Z"));
  CHECK(*cron("0 3 * * *").next_after(utc_s("2026-10-24T12:00:00Z"), berlin) == utc_s("2026-10-25T02:00:00Z"));

  CHECK(*cron("30 2 * * *").next_after(utc_s("2026-03-08T00:00:00Z"), york) == utc_s("2026-03-08T07:00:00Z"));
  CHECK(*cron("30 1 * * *").next_after(utc_s("2026-11-01T00:00:00Z"), york) == utc_s("2026-11-01T05:30:00Z"));
  CHECK(*cron("30 1 * * *").next_after(utc_s("2026-11-01T05:30:00Z"), york) == utc_s("2026-11-02T06:30:00Z"));
  CHECK(*cron("15 2 * * *").next_after(utc_s("2026-10-03T00:00:00Z"), howe) == utc_s("2026-10-03T15:30:00Z"));
  CHECK(*cron("45 1 * * *").next_after(utc_s("2026-04-04T00:00:00Z"), howe) == utc_s("2026-04-04T14:45:00Z"));
  CHECK(*cron("45 1 * * *").next_after(utc_s("2026-04-04T14:45:00Z"), howe) == utc_s("2026-04-05T15:15:00Z"));

  tzif samoa; // 30 December 2011 never was
  samoa.types = {-36'000, 50'400};
  samoa.changes = {{utc_s("2011-12-30T10:00:00Z"), 1}};
  CHECK(next_times("0 5 * * *", "2011-12-29T14:59:00Z", 3, zone_of(samoa.bytes())) ==
        times{"2011-12-29T05:00", "2011-12-31T00:00", "2011-12-31T05:00"});
}

TEST_CASE("what runs every hour counts hours that pass") {
  const time_zone berlin = ruled(berlin_rule);
  const auto apart = [&](std::string_view text, const char* after, std::int64_t seconds, int count) {
    std::int64_t last = *cron(text).next_after(utc_s(after), berlin);
    for (int i = 0; i < count; ++i) {
      const auto next = cron(text).next_after(last, berlin);
      CHECK(*next - last == seconds);
      last = *next;
    }
  };
  for (const char* day : {"2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"}) {
    apart("@hourly", day, 3600, 40);
    apart("30 * * * *", day, 3600, 40);
    apart("*/5 * * * *", day, 300, 400);
    apart("* 0-23 * * *", day, 60, 2000);
  }
}

namespace {

// One of the five fields, as text and as the values that it means.
struct random_field {
  std::string text;
  std::vector<bool> on = std::vector<bool>(64);

  void add(int n) { on[static_cast<std::size_t>(n)] = true; }
  random_field(random_seed& seed, int least, int most, bool star) {
    const int span = most - least;
    const auto any = [&] { return least + static_cast<int>(seed.below(static_cast<std::uint64_t>(span) + 1)); };
    if (star) {
      const int step = seed.one_in(3) ? 1 + static_cast<int>(seed.below(static_cast<std::uint64_t>(span))) : 1;
      text = step == 1 ? "*" : "*/" + std::to_string(step);
      for (int n = least; n <= most; n += step) add(n);
      return;
    }
    for (std::uint64_t items = 1 + seed.below(3); items > 0; --items) {
      if (!text.empty()) text += ',';
      int from = any(), to = seed.one_in(2) ? from : any();
      if (to < from) std::swap(from, to);
      const int step =
          to > from && seed.one_in(2) ? 1 + static_cast<int>(seed.below(static_cast<std::uint64_t>(span))) : 1;
      text += std::to_string(from);
      if (to > from) text += '-' + std::to_string(to);
      if (step > 1) text += '/' + std::to_string(step);
      for (int n = from; n <= to; n += step) add(n);
    }
  }
};

struct random_cron {
  random_field minute, hour, day, month, weekday;
  explicit random_cron(random_seed& seed)
      : minute(seed, 0, 59, seed.one_in(2)), hour(seed, 0, 23, seed.one_in(3)), day(seed, 1, 31, !seed.one_in(3)),
        month(seed, 1, 12, !seed.one_in(4)), weekday(seed, 0, 7, !seed.one_in(3)) {}
  std::string text() const {
    return minute.text + ' ' + hour.text + ' ' + day.text + ' ' + month.text + ' ' + weekday.text;
  }
  bool every_hour() const {
    bool all = true;
    for (std::size_t h = 0; h < 24; ++h) all = all && hour.on[h];
    return all;
  }
  bool matches(std::int64_t local_s) const {
    using namespace std::chrono;
    const sys_days date = floor<days>(sys_seconds{seconds{local_s}});
    const year_month_day ymd{date};
    const auto of_day = local_s - std::int64_t{date.time_since_epoch().count()} * 86'400;
    const unsigned w = std::chrono::weekday{date}.c_encoding();
    const bool in_month = day.on[static_cast<unsigned>(ymd.day())],
               in_week = weekday.on[w] || (w == 0 && weekday.on[7]);
    const bool either = day.text[0] != '*' && weekday.text[0] != '*';
    return minute.on[static_cast<std::size_t>(of_day / 60 % 60)] && hour.on[static_cast<std::size_t>(of_day / 3600)] &&
           month.on[static_cast<unsigned>(ymd.month())] && (either ? in_month || in_week : in_month && in_week);
  }
};

// Minute by minute, with a clock on the wall that is put forward and back.
std::vector<std::int64_t> walk(const random_cron& c, const time_zone& zone, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> fired;
  std::int64_t seen = INT64_MIN; // the latest local time that the clock showed
  for (std::int64_t utc = from - 86'400; utc <= to; utc += 60) {
    const std::int64_t local = zone.local_at(utc);
    bool fires = false;
    if (c.every_hour()) fires = c.matches(local);
    else {
      if (seen != INT64_MIN)
        for (std::int64_t missing = seen + 60; missing < local; missing += 60) fires = fires || c.matches(missing);
      fires = fires || (local > seen && c.matches(local));
    }
    seen = std::max(seen, local);
    if (fires && utc > from) fired.push_back(utc);
  }
  return fired;
}

} // namespace

TEST_CASE("whatever the expression and the zone, the times are those of a clock watched minute by minute") {
  random_seed seed;
  CAPTURE(seed.rerun());
  struct place {
    time_zone zone;
    const char* around;
  };
  const place places[] = {
      {ruled(berlin_rule), "2026-03-29T01:00:00Z"},    {ruled(berlin_rule), "2026-10-25T01:00:00Z"},
      {ruled(new_york_rule), "2026-03-08T07:00:00Z"},  {ruled(new_york_rule), "2026-11-01T06:00:00Z"},
      {ruled(lord_howe_rule), "2026-04-04T15:00:00Z"}, {ruled(lord_howe_rule), "2026-10-03T15:30:00Z"},
      {ruled("NPT-5:45"), "2026-12-31T12:00:00Z"},     {{}, "2028-02-28T12:00:00Z"}};
  int fired = 0;
  for (int i = 0; i < 150; ++i) {
    const random_cron c(seed);
    const auto& [zone, around] = places[seed.below(std::size(places))];
    const auto e = cron_expression::parse(c.text(), "cron");
    if (!e) { // none but a day that never comes
      CHECK(e.error().detail.find("never come") != std::string::npos);
      continue;
    }
    const std::int64_t from = utc_s(around) - 86'400 - 60 * static_cast<std::int64_t>(seed.below(1440));
    const std::int64_t to = from + 3 * 86'400;
    const auto expected = walk(c, zone, from, to);
    std::vector<std::int64_t> got;
    for (auto at = e->next_after(from, zone); at && *at <= to; at = e->next_after(*at, zone)) got.push_back(*at);
    if (got != expected) {
      std::string text = c.text() + " from " + shown(from);
      for (const auto t : expected) text += "\n  expected " + shown(t);
      for (const auto t : got) text += "\n  got      " + shown(t);
      FAIL(text);
    }
    fired += static_cast<int>(got.size());
    // And from any moment, not only from one time to the next.
    const std::int64_t any = from + static_cast<std::int64_t>(seed.below(2 * 86'400));
    const auto next = std::upper_bound(expected.begin(), expected.end(), any);
    if (next != expected.end()) CHECK(e->next_after(any, zone) == *next);
  }
  CHECK(fired > 200);
}

TEST_CASE("an interval counts from 1970 by UTC") {
  const timetable t{interval{900, 300}, instant{utc_s("2026-01-31T10:05:00Z") * 1'000'000}};
  const time_zone berlin = ruled(berlin_rule);
  const auto next = [&](const char* after) {
    const auto at = next_after(t, *parse_rfc3339(after), berlin);
    return at ? to_rfc3339(*at) : "none";
  };
  CHECK(next("2026-01-31T09:00:00Z") == "2026-01-31T09:05:00.000000Z");
  CHECK(next("2026-01-31T09:04:59.999999Z") == "2026-01-31T09:05:00.000000Z");
  CHECK(next("2026-01-31T09:05:00Z") == "2026-01-31T09:20:00.000000Z");
  CHECK(next("2026-01-31T09:50:00Z") == "none"); // the end is no time any more
  CHECK(next_after(timetable{interval{7, 3}, {}}, instant{-1}, berlin)->us == 3'000'000);
  CHECK_FALSE(next_after(timetable{}, instant{INT64_MAX}, berlin));
}

TEST_CASE("of several expressions the earliest fires, a common time once") {
  timetable t{std::vector<cron_expression>{cron("0 8 * * *"), cron("0 20 * * *"), cron("0 8 1 * *")}, {}};
  std::vector<std::string> got;
  instant at = *parse_rfc3339("2026-01-31T08:00:00Z");
  for (int i = 0; i < 3; ++i) got.push_back(to_rfc3339(at = *next_after(t, at, {})).substr(0, 13));
  CHECK(got == times{"2026-01-31T20", "2026-02-01T08", "2026-02-01T20"});
}

TEST_CASE("times that passed are counted without walking through them one by one") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const time_zone berlin = ruled(berlin_rule);
  for (int i = 0; i < 300; ++i) {
    timetable t{interval{1 + static_cast<std::int64_t>(seed.below(5000)), 0}, {}};
    auto& every = std::get<interval>(t.when);
    every.offset_s = static_cast<std::int64_t>(seed.below(static_cast<std::uint64_t>(every.every_s)));
    if (seed.one_in(3)) t.when = std::vector<cron_expression>{cron("*/7 1-5 * * *"), cron("@hourly")};
    const instant after{utc_s("2026-03-28T00:00:00Z") * 1'000'000 + static_cast<std::int64_t>(seed.below(1ull << 36))};
    const instant until{after.us + static_cast<std::int64_t>(seed.below(1ull << 37))};
    if (seed.one_in(3)) t.ends_at = instant{after.us + static_cast<std::int64_t>(seed.below(1ull << 36))};
    const std::uint64_t most = 1 + seed.below(seed.one_in(2) ? 10 : 100'000);
    std::uint64_t count = 0;
    instant last;
    for (auto at = next_after(t, after, berlin); at && *at <= until && count < most; at = next_after(t, *at, berlin))
      last = *at, ++count;
    const auto counted = count_between(t, after, until, berlin, most);
    CHECK(counted.times == count);
    if (count > 0) CHECK(counted.last == last);
    for (auto at = next_after(t, last, berlin); count > 0 && at && *at <= until; at = next_after(t, *at, berlin))
      last = *at;
    CHECK(last_between(t, after, until, berlin) == (count > 0 ? std::optional(last) : std::nullopt));
  }
}

} // namespace ropewalk::schedule
