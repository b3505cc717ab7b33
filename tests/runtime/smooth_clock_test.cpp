#include <catch2/catch.hpp>

#include "runtime/smooth_clock.hpp"

namespace ropewalk {

constexpr std::int64_t clock_second = 1'000'000, hour = 3600 * clock_second;

TEST_CASE("a clock that runs well is followed exactly") {
  smooth_clock c({1000 * hour}, 0);
  for (std::int64_t t = 0; t <= 10 * clock_second; t += 7) REQUIRE(c.tell({1000 * hour + t}, t).us == 1000 * hour + t);
  // NTP slews by 500 ppm at most: half a microsecond a millisecond.
  std::int64_t wall = 1000 * hour + 10 * clock_second;
  for (std::int64_t t = 10 * clock_second; t <= 20 * clock_second; t += 1000) {
    REQUIRE(std::abs(c.tell({wall}, t).us - wall) <= 1);
    wall += 1000 + (t / 1000) % 2;
  }
}

TEST_CASE("a jump forward is taken in by a tenth of the time that passes") {
  smooth_clock c({0}, 0);
  constexpr std::int64_t settled = smooth_clock::settling_us;
  c.tell({settled}, settled);
  CHECK(c.tell({settled + 25 * hour}, settled).us <= settled + settled / 10);
  std::int64_t told = 0;
  for (std::int64_t t = settled; t <= 2 * hour; t += 333) told = c.tell({t + 25 * hour}, t).us; // often: no faster
  CHECK(told <= 2 * hour + 2 * hour / 10);
  CHECK(told >= 2 * hour + (2 * hour - settled) / 10 - clock_second);
}

TEST_CASE("a clock that is set right after the start is believed") {
  smooth_clock c({0}, 0);
  CHECK(c.tell({24 * hour}, 5 * clock_second).us == 24 * hour);
  CHECK(c.tell({24 * hour + clock_second}, 6 * clock_second).us == 24 * hour + clock_second);
}

TEST_CASE("a jump back never takes time back") {
  smooth_clock c({100 * hour}, 0);
  instant last = c.tell({100 * hour}, 0);
  for (std::int64_t t = 0; t <= hour; t += 1111) {
    const instant now = c.tell({50 * hour + t}, t);
    REQUIRE(now >= last);
    last = now;
  }
  CHECK(last.us >= 100 * hour + hour * 9 / 10 - clock_second);
}

TEST_CASE("a mark lets another clock go on: what elapsed in between counts, a jump in between is taken in by a tenth") {
  smooth_clock before({1000 * hour}, 0);
  before.tell({1000 * hour + 500 * clock_second}, 500 * clock_second);
  for (const std::int64_t jump : {hour, -hour}) {
    smooth_clock after(before.mark());
    constexpr std::int64_t expected = 1000 * hour + 600 * clock_second;
    const std::int64_t told = after.tell({expected + jump}, 600 * clock_second).us;
    CHECK(told == expected + (jump > 0 ? 1 : -1) * 10 * clock_second);
  }
  CHECK(smooth_clock(before.mark()).mark() == before.mark());
}

TEST_CASE("a step forward is believed for two minutes from the first start, however often it starts again") {
  smooth_clock first({0}, 0);
  first.tell({60 * clock_second}, 60 * clock_second);
  smooth_clock second(first.mark());
  CHECK(second.tell({24 * hour}, 119 * clock_second).us == 24 * hour);
  CHECK(second.mark().begun_us == 0);
  smooth_clock third(first.mark());
  CHECK(third.tell({24 * hour}, 120 * clock_second).us == 126 * clock_second);
}

TEST_CASE("readings of several threads may come out of order") {
  smooth_clock c({0}, 0);
  const instant a = c.tell({10 * clock_second}, 10 * clock_second);
  CHECK(c.tell({9 * clock_second}, 9 * clock_second) >= a);
  CHECK(c.tell({11 * clock_second}, 11 * clock_second).us == 11 * clock_second);
}

} // namespace ropewalk
