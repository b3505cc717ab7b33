#include <catch2/catch.hpp>

#include <map>

#include "runtime/thread/message_set.hpp"
#include "tests/random_seed.hpp"

using ropewalk::thread::message_set;

namespace {

message_set with(int messages) {
  message_set set;
  for (int i = 0; i < messages; ++i) set.append(false);
  return set;
}

} // namespace

TEST_CASE("an empty thread has no oldest and no newest message") {
  const message_set set;
  CHECK(set.count() == 0);
  CHECK(set.last_seq() == 0);
  CHECK(set.oldest() == 1);
  CHECK(set.newest() == 0);
  CHECK_FALSE(set.is_live(1));
}

TEST_CASE("trimming passes over system messages") {
  message_set set;
  set.append(true);
  for (int i = 0; i < 5; ++i) set.append(false);
  set.trim(set.trim_point_for(3));
  CHECK(set.count() == 3);
  CHECK(set.is_live(1));
  CHECK_FALSE(set.is_live(4));
  CHECK(set.is_live(5));
  CHECK(set.is_live(6));
  CHECK(set.oldest() == 1);
}

TEST_CASE("trimming never takes the newest message, even when system messages fill the limit") {
  message_set set;
  set.append(true);
  set.append(true);
  set.append(false);
  set.trim(set.trim_point_for(1));
  CHECK(set.is_live(3));
  CHECK(set.count() == 3);
}

TEST_CASE("removed messages leave holes that do not count") {
  message_set set = with(5);
  set.remove(2);
  set.remove(4);
  set.remove(3);
  CHECK(set.removed().size() == 1);
  CHECK(set.count() == 2);
  CHECK(set.oldest() == 1);
  set.remove(5);
  CHECK(set.newest() == 1);
  CHECK(set.last_seq() == 5);
}

TEST_CASE("a prefix is what was live up to there") {
  message_set set;
  set.append(true);
  for (int i = 0; i < 9; ++i) set.append(false);
  set.remove(5);
  const message_set part = set.prefix(6);
  CHECK(part.last_seq() == 6);
  CHECK(part.count() == 5);
  CHECK(part.pinned() == std::vector<std::uint64_t>{1});
  CHECK_FALSE(part.is_live(5));
  CHECK_FALSE(part.is_live(7));
}

TEST_CASE("a message set agrees with a plain map of live messages after any changes") {
  ropewalk::tests::random_seed seed;
  CAPTURE(seed.rerun());
  auto& dice = seed.engine();
  for (int round = 0; round < 300; ++round) {
    message_set set;
    std::map<std::uint64_t, bool> live; // seq -> system
    const std::uint64_t max = dice() % 3 == 0 ? 0 : 3 + dice() % 10;
    std::uint64_t next = 1;
    for (int step = 0; step < 60; ++step) {
      const auto what = dice() % 10;
      if (what < 7) {
        const bool system = dice() % 8 == 0;
        set.append(system);
        live[next++] = system;
        if (max) {
          set.trim(set.trim_point_for(max));
          for (auto at = live.begin(); at != live.end() && live.size() > max;)
            at = !at->second && at->first != next - 1 ? live.erase(at) : std::next(at);
        }
      } else if (what < 9 && !live.empty()) {
        auto at = live.begin();
        std::advance(at, dice() % live.size());
        set.remove(at->first);
        live.erase(at);
      } else if (what == 9 && dice() % 10 == 0) {
        set.clear();
        live.clear();
      }
      REQUIRE(set.count() == live.size());
      for (std::uint64_t seq = 1; seq < next; ++seq) REQUIRE(set.is_live(seq) == live.contains(seq));
      REQUIRE(set.oldest() == (live.empty() ? next : live.begin()->first));
      REQUIRE(set.newest() == (live.empty() ? 0 : live.rbegin()->first));
    }
  }
}
