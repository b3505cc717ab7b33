#include <catch2/catch.hpp>

#include "runtime/restart_policy.hpp"

namespace ropewalk {

constexpr std::int64_t second = 1'000'000;

TEST_CASE("pauses double, and the sixth crash within a minute parks") {
  restart_policy p;
  for (int i = 0; i < 5; ++i) CHECK(p.after_crash(i * second) == restart_policy::first_pause_us << i);
  CHECK(p.after_crash(59 * second) == std::nullopt);
}

TEST_CASE("crashes that are far apart are each the first") {
  restart_policy p;
  for (int i = 0; i < 50; ++i) CHECK(p.after_crash(i * 61 * second) == restart_policy::first_pause_us);
}

TEST_CASE("the window slides") {
  restart_policy p;
  for (int i = 0; i < 5; ++i) REQUIRE(p.after_crash(i * 10 * second));
  CHECK(p.after_crash(60 * second)); // the one at 0 is a minute ago
  CHECK_FALSE(p.after_crash(61 * second));
  p.forget();
  CHECK(p.after_crash(62 * second) == restart_policy::first_pause_us);
}

} // namespace ropewalk
