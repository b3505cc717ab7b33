#include "tests/random_seed.hpp"
#include "tests/runtime/schedule_zones.hpp"

namespace ropewalk::schedule {
namespace {

using namespace tests;
using ropewalk::tests::random_seed;

// A local time, written as if it were UTC.
std::string moments_of(const time_zone& zone, const char* local) {
  const auto found = zone.find(utc_s(local));
  if (!found.first) return "gap until " + shown(found.gap_end_s);
  return shown(*found.first) + (found.first == found.last ? "" : " " + shown(*found.last));
}

} // namespace

TEST_CASE("UTC needs no file") {
  const time_zone utc;
  CHECK(utc.name() == "UTC");
  CHECK(utc.offset_at(1'800'000'000) == 0);
  CHECK(moments_of(utc, "2026-03-29T02:30:00Z") == "2026-03-29T02:30:00Z");
  CHECK_FALSE(utc.change_after(0));
}

TEST_CASE("Berlin's clock skips an hour in March and repeats one in October") {
  const time_zone berlin = ruled(berlin_rule);
  CHECK(berlin.offset_at(utc_s("2026-03-29T00:59:59Z")) == 3600);
  CHECK(berlin.offset_at(utc_s("2026-03-29T01:00:00Z")) == 7200);
  CHECK(berlin.offset_at(utc_s("2026-10-25T00:59:59Z")) == 7200);
  CHECK(berlin.offset_at(utc_s("2026-10-25T01:00:00Z")) == 3600);
  CHECK(moments_of(berlin, "2026-03-29T01:59:59Z") == "2026-03-29T00:59:59Z");
  CHECK(moments_of(berlin, "2026-03-29T02:00:00Z") == "gap until 2026-03-29T01:00:00Z");
  CHECK(moments_of(berlin, "2026-03-29T02:59:59Z") == "gap until 2026-03-29T01:00:00Z");
  CHECK(moments_of(berlin, "2026-03-29T03:00:00Z") == "2026-03-29T01:00:00Z");
  CHECK(moments_of(berlin, "2026-10-25T01:59:59Z") == "2026-10-24T23:59:59Z");
  CHECK(moments_of(berlin, "2026-10-25T02:00:00Z") == "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z");
  CHECK(moments_of(berlin, "2026-10-25T02:59:59Z") == "2026-10-25T00:59:59Z 2026-10-25T01:59:59Z");
  CHECK(moments_of(berlin, "2026-10-25T03:00:00Z") == "2026-10-25T02:00:00Z");
  CHECK(shown(berlin.change_after(utc_s("2026-03-29T01:00:00Z"))->at_s) == "2026-10-25T01:00:00Z");
  CHECK(shown(berlin.change_after(utc_s("2026-11-01T00:00:00Z"))->at_s) == "2027-03-28T01:00:00Z");
}

TEST_CASE("west of Greenwich and south of the equator the same") {
  const time_zone york = ruled(new_york_rule);
  CHECK(moments_of(york, "2026-03-08T02:30:00Z") == "gap until 2026-03-08T07:00:00Z");
  CHECK(moments_of(york, "2026-11-01T01:30:00Z") == "2026-11-01T05:30:00Z 2026-11-01T06:30:00Z");
  CHECK(moments_of(york, "2026-07-01T00:00:00Z") == "2026-07-01T04:00:00Z");
  const time_zone howe = ruled(lord_howe_rule); // half an hour
  CHECK(moments_of(howe, "2026-01-01T00:00:00Z") == "2025-12-31T13:00:00Z");
  CHECK(moments_of(howe, "2026-04-05T01:45:00Z") == "2026-04-04T14:45:00Z 2026-04-04T15:15:00Z");
  CHECK(moments_of(howe, "2026-04-05T02:00:00Z") == "2026-04-04T15:30:00Z");
  CHECK(moments_of(howe, "2026-10-04T02:15:00Z") == "gap until 2026-10-03T15:30:00Z");
  CHECK(moments_of(howe, "2026-10-04T02:30:00Z") == "2026-10-03T15:30:00Z");
}

TEST_CASE("all forms of a rule are understood") {
  CHECK(ruled("<-03>3").offset_at(0) == -10'800);
  CHECK(ruled("NPT-5:45").offset_at(0) == 20'700);
  CHECK(ruled("LMT-0:19:32").offset_at(0) == 1172);
  CHECK_FALSE(ruled("JST-9").change_after(0));
  // Days of the year: J60 is always 1 March, 59 is 29 February in a leap year.
  const time_zone julian = ruled("AAA0BBB,J60/0,300/0");
  CHECK(shown(julian.change_after(utc_s("2024-01-01T00:00:00Z"))->at_s) == "2024-03-01T00:00:00Z");
  CHECK(shown(julian.change_after(utc_s("2025-01-01T00:00:00Z"))->at_s) == "2025-03-01T00:00:00Z");
  const time_zone zero_based = ruled("AAA0BBB,59/0,300/0");
  CHECK(shown(zero_based.change_after(utc_s("2024-01-01T00:00:00Z"))->at_s) == "2024-02-29T00:00:00Z");
  CHECK(shown(zero_based.change_after(utc_s("2025-01-01T00:00:00Z"))->at_s) == "2025-03-01T00:00:00Z");
  // Times beyond a day, RFC 8536: Greenland's change comes the evening before, Gaza's hours after midnight.
  const time_zone nuuk = ruled("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  CHECK(shown(nuuk.change_after(utc_s("2026-01-01T00:00:00Z"))->at_s) == "2026-03-29T01:00:00Z");
  const time_zone gaza = ruled("EET-2EEST,M3.4.4/50,M10.4.4/50");
  CHECK(shown(gaza.change_after(utc_s("2026-01-01T00:00:00Z"))->at_s) == "2026-03-28T00:00:00Z");
  // Daylight saving all year: the end of one is the beginning of the next.
  const time_zone always = ruled("XXX3EDT4,0/0,J365/23");
  for (const char* t : {"2026-01-01T02:59:59Z", "2026-01-01T03:00:00Z", "2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"})
    CHECK(always.offset_at(utc_s(t)) == -14'400);
}

TEST_CASE("before its table a zone has its first type, behind one without a rule its last") {
  tzif file;
  file.types = {3200, 3600, 7200};
  file.changes = {{1000, 1}, {2'000'000, 2}, {3'000'000, 1}, {4'000'000, 2}};
  for (const char version : {'\0', '2', '3', '4'}) {
    file.version = version;
    const time_zone zone = zone_of(file.bytes());
    CHECK(zone.offset_at(-5) == 3200);
    CHECK(zone.offset_at(999) == 3200);
    CHECK(zone.offset_at(1000) == 3600);
    CHECK(zone.offset_at(2'999'999) == 7200);
    CHECK(zone.offset_at(4'000'000'000) == 7200);
    CHECK(zone.change_after(3'999'999)->at_s == 4'000'000);
    CHECK_FALSE(zone.change_after(4'000'000));
    CHECK_FALSE(zone.find(2'000'000 + 3600).first);
    CHECK(zone.find(2'000'000 + 3600).gap_end_s == 2'000'000);
  }
  file.version = '2';
  file.footer = "<+01>-1";
  CHECK(zone_of(file.bytes()).offset_at(4'000'001) == 3600); // the rule holds from the last change on
  CHECK(zone_of(file.bytes()).offset_at(3'999'999) == 3600);
}

TEST_CASE("a day that a zone never had is a gap, one that it had twice an overlap") {
  tzif file; // Samoa left out 30 December 2011; Kwajalein's way the other way round
  file.types = {-36'000, 50'400};
  file.changes = {{utc_s("2011-12-30T10:00:00Z"), 1}};
  const time_zone samoa = zone_of(file.bytes());
  CHECK(moments_of(samoa, "2011-12-30T12:00:00Z") == "gap until 2011-12-30T10:00:00Z");
  CHECK(moments_of(samoa, "2011-12-31T00:00:00Z") == "2011-12-30T10:00:00Z");
  std::swap(file.types[0], file.types[1]);
  CHECK(moments_of(zone_of(file.bytes()), "2011-12-30T12:00:00Z") == "2011-12-29T22:00:00Z 2011-12-30T22:00:00Z");
}

TEST_CASE("the system's files agree with the rules that they end with") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const std::pair<const char*, const char*> zones[] = {{"Europe/Berlin", berlin_rule},
                                                       {"America/New_York", new_york_rule},
                                                       {"Australia/Lord_Howe", lord_howe_rule},
                                                       {"Asia/Tokyo", "JST-9"}};
  for (const auto& [name, rule] : zones) {
    const std::string bytes = system_zone(name);
    if (bytes.empty()) continue; // a machine without them
    INFO(name);
    const time_zone real = zone_of(bytes, name), made = ruled(rule);
    for (int i = 0; i < 2000; ++i) {
      const std::int64_t at =
          utc_s("2009-01-01T00:00:00Z") + static_cast<std::int64_t>(seed.below(100ull * 365 * 86'400));
      if (real.offset_at(at) != made.offset_at(at)) FAIL(shown(at));
      const auto a = real.find(at), b = made.find(at);
      if (a.first != b.first || a.last != b.last) FAIL("local " << shown(at));
    }
  }
  if (const std::string berlin = system_zone("Europe/Berlin"); !berlin.empty()) {
    const time_zone zone = zone_of(berlin);
    CHECK(zone.offset_at(utc_s("1975-07-01T00:00:00Z")) == 3600); // before daylight saving came back
    CHECK(zone.offset_at(utc_s("1980-04-06T01:00:00Z")) == 7200);
    CHECK(zone.offset_at(utc_s("1995-10-01T00:00:00Z")) == 3600); // it ended in September then
  }
}

TEST_CASE("whatever the moment, its local time leads back to it") {
  random_seed seed;
  CAPTURE(seed.rerun());
  tzif file;
  file.types = {3600, 7200, -30'600, 36'000};
  std::int64_t at = 0;
  for (int i = 0; i < 40; ++i) {
    at += 1 + static_cast<std::int64_t>(seed.below(seed.one_in(3) ? 7200 : 20'000'000));
    file.changes.emplace_back(at, static_cast<std::uint8_t>(seed.below(4)));
  }
  file.footer = berlin_rule;
  const time_zone zone = zone_of(file.bytes());
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t around = seed.one_in(2) ? file.changes[seed.below(40)].first - 90'000 : 0;
    const std::int64_t utc = around + static_cast<std::int64_t>(seed.below(around ? 180'000 : 2'000'000'000));
    const auto found = zone.find(zone.local_at(utc));
    REQUIRE(found.first);
    CHECK(*found.first <= utc);
    CHECK(utc <= *found.last);
    CHECK(zone.local_at(*found.first) == zone.local_at(utc));
    CHECK(zone.local_at(*found.last) == zone.local_at(utc));
    if (const auto gap = zone.find(utc); !gap.first) { // utc taken as a local time
      CHECK(zone.local_at(gap.gap_end_s - 1) < utc);
      CHECK(zone.local_at(gap.gap_end_s) > utc);
    }
  }
}

TEST_CASE("bytes that are no time zone are refused, wherever they end or lie") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const auto refused = [](const std::string& bytes) {
    const auto zone = time_zone::parse(bytes, "x");
    return zone ? std::string() : zone.error().type;
  };
  tzif good;
  good.types = {3600, 7200};
  good.changes = {{100, 1}, {200, 0}};
  good.footer = berlin_rule;
  const std::string bytes = good.bytes();
  REQUIRE(refused(bytes) == "");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    INFO(length);
    CHECK(refused(bytes.substr(0, length)) == "corrupt_time_zone");
  }
  CHECK(refused(bytes + "x") == "corrupt_time_zone");
  CHECK(refused(bytes + std::string(70'000, '\n')) == "corrupt_time_zone");
  tzif v1 = good;
  v1.version = 0;
  REQUIRE(refused(v1.bytes()) == "");
  CHECK(refused(v1.bytes() + "x") == "corrupt_time_zone");

  const auto with = [&](auto change) {
    tzif file = good;
    change(file);
    return refused(file.bytes());
  };
  CHECK(with([](tzif& f) { f.version = '1'; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.version = '5'; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.types.clear(); }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.types = {3600, 94'000}; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.types = {3600, -90'000}; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.types = {3600, INT32_MIN}; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.changes[1].second = 2; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.changes[1].first = 100; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.changes[0].first = INT64_MIN; }) == "corrupt_time_zone");
  CHECK(with([](tzif& f) { f.changes[1].first = INT64_MAX; }) == "corrupt_time_zone");
  for (const char* footer : {"C",
                             "CET",
                             "CET-",
                             "CET-25",
                             "CET-1:60",
                             "<CET-1",
                             "CET-1CEST",
                             "CET-1CEST,",
                             "CET-1CEST,M3.5.0",
                             "CET-1CEST,M3.5.0,",
                             "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.0.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0",
                             "CET-1CEST,M3.5.7,M10.5.0",
                             "CET-1CEST,J0,J300",
                             "CET-1CEST,J366,J300",
                             "CET-1CEST,366,1",
                             "CET-1CEST,M3.5.0/168,M10.5.0",
                             "CET-1CEST,M3.5.0,M10.5.0/3 ",
                             "CET-1\n",
                             "CET-99999999999999999999"}) {
    INFO(footer);
    CHECK(with([&](tzif& f) { f.footer = footer; }) == "corrupt_time_zone");
  }
  for (std::size_t count = 20; count < 44; count += 4) { // huge counts, in both headers
    for (const std::size_t header : {std::size_t{0}, tzif().block(4).size()}) {
      std::string huge = bytes;
      REQUIRE(huge.substr(header, 4) == "TZif");
      huge.replace(header + count, 4, "\xFF\xFF\xFF\xFF");
      CHECK(refused(huge) == "corrupt_time_zone");
    }
  }
  tzif leap = v1;
  std::string counted = leap.bytes() + std::string(8, '\0');
  counted[31] = 1;
  CHECK(refused(counted) == "leap_seconds");

  for (int i = 0; i < 20'000; ++i) { // and no others do harm
    std::string hurt = bytes;
    for (std::uint64_t n = 1 + seed.below(4); n > 0; --n)
      hurt[seed.below(hurt.size())] = static_cast<char>(seed.below(256));
    const auto zone = time_zone::parse(hurt, "x");
    if (!zone) continue;
    for (const std::int64_t at :
         {INT64_MIN, std::int64_t{-1}, std::int64_t{150}, std::int64_t{4'000'000'000}, INT64_MAX}) {
      CHECK(std::abs(zone->offset_at(at)) < 94'000);
      (void)zone->find(at);
      (void)zone->change_after(at);
    }
  }
}

TEST_CASE("a time zone's name leads nowhere else") {
  for (const char* name :
       {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "America/Port-au-Prince"})
    CHECK(is_time_zone_name(name));
  for (const char* name : {"", "/etc/passwd", "../passwd", "Europe/../Berlin", "Europe//Berlin", "Europe/", ".", "a b",
                           "Europe\\Berlin", "localtime\n", "zone.tab"})
    CHECK_FALSE(is_time_zone_name(name));
  CHECK_FALSE(is_time_zone_name(std::string(65, 'a')));
  CHECK_FALSE(is_time_zone_name(std::string_view("a\0b", 3)));
}

} // namespace ropewalk::schedule
