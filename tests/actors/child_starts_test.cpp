// How many children a node starts at once.

#include <catch2/catch.hpp>

#include <vector>

#include "actors/child_starts.hpp"

using ropewalk::entity_key;
using ropewalk::entity_kind;
using ropewalk::partition_id;
using ropewalk::partition_of;
using ropewalk::actors::child_starts;

namespace {

constexpr std::uint16_t partition_count = 16;

// The nth child of a partition.
entity_key child_of(partition_id p, int n = 0) {
  for (int i = 0;; ++i) {
    entity_key key{"acme", entity_kind::workflow, "c" + std::to_string(i)};
    if (partition_of(key, partition_count) == p && n-- == 0) return key;
  }
}

const child_starts::clock::time_point begin{};

} // namespace

TEST_CASE("no more children are started at once than there are places, and one is free again with the last copy of its "
          "place") {
  const child_starts starts(partition_count, 2);
  auto first = starts.take(child_of({1}), begin);
  const auto second = starts.take(child_of({2}), begin);
  REQUIRE((first && second));
  CHECK_FALSE(starts.take(child_of({3}), begin));
  auto copy = first;
  first.reset();
  CHECK_FALSE(starts.take(child_of({3}), begin));
  copy.reset();
  first = starts.take(child_of({3}), begin);
  CHECK(first);
  CHECK(starts.under_way() == 2);
}

TEST_CASE("a partition whose starts take long keeps no place from the others, and has a bound of its own") {
  const child_starts starts(partition_count, 4);
  std::vector<std::shared_ptr<void>> stalled;
  for (int i = 0; i < 4; ++i) stalled.push_back(starts.take(child_of({1}, i), begin));
  for (const auto& place : stalled) REQUIRE(place);
  const auto before = begin + child_starts::long_time - std::chrono::milliseconds(1);
  CHECK_FALSE(starts.take(child_of({2}), before));

  const auto late = begin + child_starts::long_time;
  std::vector<std::shared_ptr<void>> others;
  for (int i = 0; i < 4; ++i) others.push_back(starts.take(child_of({2}, i), late));
  for (const auto& place : others) CHECK(place);
  CHECK_FALSE(starts.take(child_of({3}), late)); // those of partition 2 are recent
  CHECK(starts.under_way() == 8);

  others.clear();
  CHECK_FALSE(starts.take(child_of({1}, 4), late)); // full by itself
  stalled.pop_back();
  CHECK(starts.take(child_of({1}, 4), late));
  CHECK(starts.under_way() == 3);
}

TEST_CASE("a place that took long is given back once") {
  const child_starts starts(partition_count, 1);
  auto old = starts.take(child_of({1}), begin);
  const auto next = starts.take(child_of({2}), begin + child_starts::long_time);
  REQUIRE((old && next));
  old.reset();
  CHECK_FALSE(starts.take(child_of({1}), begin + child_starts::long_time));
  CHECK(starts.under_way() == 1);
}

TEST_CASE("a place may be given back after the node's count has gone") {
  std::shared_ptr<void> place;
  {
    const child_starts starts(partition_count, 1);
    place = starts.take(child_of({1}));
  }
  REQUIRE(place);
  place.reset();
}
