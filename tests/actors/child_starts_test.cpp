// How many children a node starts at once.

#include <catch2/catch.hpp>

#include "actors/child_starts.hpp"

using ropewalk::actors::child_starts;

TEST_CASE("no more children are started at once than there are places, and one is free again with the last copy of its "
          "place") {
  const child_starts starts(2);
  auto first = starts.take();
  const auto second = starts.take();
  REQUIRE((first && second));
  CHECK_FALSE(starts.take());
  auto copy = first;
  first.reset();
  CHECK_FALSE(starts.take());
  copy.reset();
  first = starts.take();
  CHECK(first);
  CHECK(starts.under_way() == 2);
}

TEST_CASE("a place may be given back after the node's count has gone") {
  std::shared_ptr<void> place;
  {
    const child_starts starts(1);
    place = starts.take();
  }
  REQUIRE(place);
  place.reset();
}
