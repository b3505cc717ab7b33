// How long discovery listens for nodes.

#include "cli/discovery_patience.hpp"

#include <catch2/catch.hpp>

using namespace ropewalk::cli;
using namespace std::chrono_literals;

TEST_CASE("the first node may take as long as any answer, the others are waited for until nobody new comes") {
  discovery_patience p(300ms, 5s);
  CHECK(p.left(0ms) == 5s);
  CHECK(p.left(4900ms) == 100ms);
  p.heard(2ms);
  CHECK(p.left(2ms) == 300ms);
  p.heard(200ms);
  CHECK(p.left(250ms) == 250ms);
  CHECK(p.left(500ms) == 0ms);
  p.heard(4900ms); // however many there are
  CHECK(p.left(4900ms) == 100ms);
}

TEST_CASE("a time-out that is shorter than the pause between nodes does not shorten it") {
  CHECK(discovery_patience(300ms, 50ms).left(0ms) == 300ms);
}
