#include "runtime/instant.hpp"

#include "tests/random_seed.hpp"

using namespace ropewalk;

namespace {
std::int64_t us_of(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  INFO(text);
  REQUIRE(parsed);
  return parsed->us;
}
} // namespace

TEST_CASE("a time is written in UTC with six decimals") {
  CHECK(to_rfc3339(instant{0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(instant{1}) == "1970-01-01T00:00:00.000001Z");
  CHECK(to_rfc3339(instant{1'769'850'300'000'001}) == "2026-01-31T09:05:00.000001Z");
  CHECK(to_rfc3339(instant{951'782'400'000'000}) == "2000-02-29T00:00:00.000000Z");
  CHECK(to_rfc3339(instant{253'402'300'799'999'999}) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("a time before 1970 is written as itself") {
  CHECK(to_rfc3339(instant{-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_rfc3339(instant{-62'167'219'200'000'000}) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("a time that four digits of year cannot write becomes the nearest that they can") {
  CHECK(to_rfc3339(instant{INT64_MAX}) == "9999-12-31T23:59:59.999999Z");
  CHECK(to_rfc3339(instant{INT64_MIN}) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("append_rfc3339 keeps what stood there") {
  std::string out = "at ";
  append_rfc3339(out, instant{0});
  CHECK(out == "at 1970-01-01T00:00:00.000000Z");
}

TEST_CASE("a time is read with none to nine decimals, cut to microseconds") {
  CHECK(us_of("1970-01-01T00:00:00Z") == 0);
  CHECK(us_of("1970-01-01T00:00:00.1Z") == 100'000);
  CHECK(us_of("1970-01-01T00:00:00.000001Z") == 1);
  CHECK(us_of("1970-01-01T00:00:00.000001999Z") == 1);
  CHECK(us_of("1970-01-01T00:00:00.999999999Z") == 999'999);
  CHECK(us_of("2026-01-31T09:05:00.000001Z") == 1'769'850'300'000'001);
  CHECK(us_of("9999-12-31T23:59:59.999999Z") == 253'402'300'799'999'999);
}

TEST_CASE("a time with an offset is read as its instant in UTC") {
  CHECK(us_of("2026-01-31T11:05:00+02:00") == us_of("2026-01-31T09:05:00Z"));
  CHECK(us_of("2026-01-30T23:35:00-09:30") == us_of("2026-01-31T09:05:00Z"));
  CHECK(us_of("2026-01-31T09:05:00-00:00") == us_of("2026-01-31T09:05:00Z"));
  CHECK(us_of("1969-12-31T23:00:00-01:00") == 0);
}

TEST_CASE("the letters of a time may be small, as in RFC 3339's grammar") {
  CHECK(us_of("2026-01-31t09:05:00z") == us_of("2026-01-31T09:05:00Z"));
}

TEST_CASE("the 29th of February is a day in leap years only") {
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
  CHECK(parse_rfc3339("2000-02-29T00:00:00Z"));
  CHECK_FALSE(parse_rfc3339("2023-02-29T00:00:00Z"));
  CHECK_FALSE(parse_rfc3339("2100-02-29T00:00:00Z"));
}

TEST_CASE("what is not RFC 3339 is no time") {
  for (const std::string_view text : {"",
                                      "now",
                                      "2026",
                                      "2026-01-31",
                                      "2026-01-31 09:05:00Z",
                                      "2026-01-31T09:05Z",
                                      "2026-01-31T09:05:00",
                                      "2026-1-31T09:05:00Z",
                                      "26-01-31T09:05:00Z",
                                      "+2026-01-31T09:05:00Z",
                                      "-026-01-31T09:05:00Z",
                                      "2026-00-31T09:05:00Z",
                                      "2026-13-31T09:05:00Z",
                                      "2026-01-00T09:05:00Z",
                                      "2026-01-32T09:05:00Z",
                                      "2026-04-31T09:05:00Z",
                                      "2026-01-31T24:00:00Z",
                                      "2026-01-31T09:60:00Z",
                                      "2026-01-31T09:05:60Z",
                                      "2016-12-31T23:59:60Z",
                                      "2026-01-31T09:05:00.Z",
                                      "2026-01-31T09:05:00.1234567890Z",
                                      "2026-01-31T09:05:00,5Z",
                                      "2026-01-31T09:05:00+0200",
                                      "2026-01-31T09:05:00+02",
                                      "2026-01-31T09:05:00+24:00",
                                      "2026-01-31T09:05:00+02:60",
                                      "2026-01-31T09:05:00Z ",
                                      " 2026-01-31T09:05:00Z",
                                      "2026-01-31T09:05:00ZZ",
                                      "2026-01-31T09:05:00Z+02:00",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:30:00+01:00",
                                      "9999-12-31T23:59:59-01:00",
                                      "0000-01-01T00:00:00Z",
                                      "２０26-01-31T09:05:00Z"}) {
    INFO(text);
    const auto parsed = parse_rfc3339(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == errc::invalid);
    CHECK_FALSE(parsed.error().detail.empty());
  }
  CHECK_FALSE(parse_rfc3339(std::string_view("2026-01-31T09:05:00Z\0", 21)));
}

TEST_CASE("a time that is written reads back the same") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 10'000; ++i) {
    const instant t{static_cast<std::int64_t>(seed.below(253'402'300'800'000'000))};
    REQUIRE(us_of(to_rfc3339(t)) == t.us);
  }
}
