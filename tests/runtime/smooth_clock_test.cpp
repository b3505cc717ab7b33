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

TEST_CASE("readings of several threads may come out of order") {
  smooth_clock c({0}, 0);
  const instant a = c.tell({10 * clock_second}, 10 * clock_second);
  CHECK(c.tell({9 * clock_second}, 9 * clock_second) >= a);
  CHECK(c.tell({11 * clock_second}, 11 * clock_second).us == 11 * clock_second);
}

} // namespace ropewalk
