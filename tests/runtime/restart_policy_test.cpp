#include <catch2/catch.hpp>

#include "runtime/restart_policy.hpp"

namespace ropewalk {

constexpr std::int64_t window_second = 1'000'000;

TEST_CASE("pauses double, and the sixth crash within a minute parks") {
  restart_policy p;
  for (int i = 0; i < 5; ++i) CHECK(p.after_crash(i * window_second) == restart_policy::first_pause_us << i);
  CHECK(p.after_crash(59 * window_second) == std::nullopt);
}

TEST_CASE("crashes that are far apart are each the first") {
  restart_policy p;
  for (int i = 0; i < 50; ++i) CHECK(p.after_crash(i * 61 * window_second) == restart_policy::first_pause_us);
}

TEST_CASE("the window slides") {
  restart_policy p;
  for (int i = 0; i < 5; ++i) REQUIRE(p.after_crash(i * 10 * window_second));
  CHECK(p.after_crash(60 * window_second)); // the one at 0 is a minute ago
  CHECK_FALSE(p.after_crash(61 * window_second));
  p.forget();
  CHECK(p.after_crash(62 * window_second) == restart_policy::first_pause_us);
}

} // namespace ropewalk
