// The steps' results that an active instance keeps in memory.

#include <catch2/catch.hpp>

#include <string>

#include "actors/recent_steps.hpp"

using namespace ropewalk;
using actors::recent_steps;
using workflow::json_value;
using workflow::step_completed;

TEST_CASE("a kept step is found by its version, with its result") {
  recent_steps steps;
  steps.add(4, step_completed{2, "one", json_value{{"n", 1}}});
  steps.add(9, step_completed{2, "two", json_value(2)});
  REQUIRE(steps.find(4));
  CHECK(steps.find(4)->result == json_value{{"n", 1}});
  CHECK(steps.find(9)->step == "two");
  for (const std::uint64_t version : {0, 3, 5, 10}) CHECK_FALSE(steps.find(version));
}

TEST_CASE("large results are not kept, and the oldest go when there are many") {
  recent_steps steps;
  steps.add(1, step_completed{2, "large", json_value(std::string(2'000, 'x'))});
  CHECK_FALSE(steps.find(1));
  CHECK(steps.bytes() == 0);
  std::uint64_t version = 2;
  for (; version < 2'000; ++version) {
    steps.add(version, step_completed{2, "s" + std::to_string(version), json_value(std::string(500, 'x'))});
    REQUIRE(steps.find(version));
    REQUIRE(steps.bytes() <= (32 << 10));
  }
  CHECK_FALSE(steps.find(2));
  CHECK(steps.find(version - 2));
}
