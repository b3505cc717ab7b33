// The instrument of workflow_storm_test.cpp.

#include <catch2/catch.hpp>

#include "tests/chaos/storm_log.hpp"

using ropewalk::tests::storm_log;
using lines = std::vector<std::string>;

TEST_CASE("a run that is done after its record was acknowledged is told") {
  const storm_log log("ask w 1\ndo w 1 a\ndone w 1 a\nask w 1\ndo w 1 b\n");
  CHECK(log.violations() == lines{"do w 1 b"});
  CHECK(log.done({"w", 1}) == lines{"a", "b"});
}

TEST_CASE("a run that two workers have asked for before its record may be done by both") {
  const storm_log log("ask w 1\nask w 1\ndo w 1 a\ndone w 1 a\ndo w 1 b\nask w 2\ndo w 2 c\n");
  CHECK(log.violations() == lines{});
  const storm_log again("ask w 1\nask w 1\ndo w 1 a\ndone w 1 a\ndo w 1 b\ndo w 1 c\n");
  CHECK(again.violations() == lines{"do w 1 c"});
}
