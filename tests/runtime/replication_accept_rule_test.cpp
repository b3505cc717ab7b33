// Which records of a stream count, whatever the server let in.
#include <catch2/catch.hpp>

#include "runtime/replication/accept_rule.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

constexpr chain_point start{0, 0, {}};

stream_fold begun() { // generation 3, with the GENESIS of epoch 3
  stream_fold fold;
  fold.generation = 3;
  REQUIRE(follow(fold, owned_record(record_kind::genesis, 3, start), record_hash) == verdict::accepted);
  return fold;
}

} // namespace

TEST_CASE("a stream begins with the GENESIS of its own generation and nothing else") {
  stream_fold fold;
  fold.generation = 3;
  CHECK(follow(fold, data(3, start, 1), record_hash) == verdict::misplaced);
  CHECK(follow(fold, owned_record(record_kind::genesis, 4, start), record_hash) == verdict::misplaced);
  CHECK(follow(fold, owned_record(record_kind::open, 3, start), record_hash) == verdict::misplaced);
  CHECK_FALSE(fold.begun);
  CHECK(follow(fold, owned_record(record_kind::genesis, 3, start), record_hash) == verdict::accepted);
  CHECK(fold.head.epoch == 3);
  CHECK(fold.head.index == 1);
  CHECK(follow(fold, owned_record(record_kind::genesis, 3, start), record_hash) == verdict::misplaced);
}

TEST_CASE("a deposed owner cannot append, whatever the fence let in") {
  stream_fold fold = begun();
  const chain_point before = fold.head;
  REQUIRE(follow(fold, owned_record(record_kind::open, 5, before), record_hash) == verdict::accepted);
  CHECK(follow(fold, data(3, before, 1), record_hash) == verdict::stale_epoch);
  CHECK(follow(fold, data(3, fold.head, 1), record_hash) == verdict::stale_epoch);
  CHECK(follow(fold, owned_record(record_kind::open, 4, fold.head), record_hash) == verdict::stale_epoch);
  CHECK(follow(fold, owned_record(record_kind::open, 5, fold.head), record_hash) == verdict::stale_epoch);
  CHECK(follow(fold, data(5, fold.head, 2), record_hash) == verdict::accepted);
  CHECK(fold.head.index == 4);
}

TEST_CASE("the same record twice, or one that lands late, is accepted once") {
  stream_fold fold = begun();
  const record first = data(3, fold.head, 2);
  REQUIRE(follow(fold, first, record_hash) == verdict::accepted);
  CHECK(follow(fold, first, record_hash) == verdict::not_next);
  CHECK(fold.head.index == 3);
}

TEST_CASE("nothing is accepted after a SEAL, and an old candidate cannot seal") {
  stream_fold fold = begun();
  record seal;
  seal.kind = record_kind::seal;
  seal.epoch = 3;
  seal.owner = "n2";
  CHECK(follow(fold, seal, record_hash) == verdict::stale_epoch);
  seal.epoch = 4;
  CHECK(follow(fold, seal, record_hash) == verdict::accepted);
  CHECK(fold.sealed);
  CHECK(follow(fold, data(3, fold.head, 1), record_hash) == verdict::after_seal);
  CHECK(follow(fold, owned_record(record_kind::open, 9, fold.head), record_hash) == verdict::after_seal);
}

TEST_CASE("entries that do not chain are refused, and change nothing") {
  stream_fold fold = begun();
  const chain_point head = fold.head;
  record r = data(3, head, 2);
  auto broken = std::make_shared<entry>(*r.entries[1]);
  broken->event.body = "changed";
  r.entries[1] = broken;
  CHECK(follow(fold, r, record_hash) == verdict::malformed);
  record empty = data(3, head, 1);
  empty.entries.clear();
  CHECK(follow(fold, empty, record_hash) == verdict::malformed);
  record two = owned_record(record_kind::open, 5, head);
  two.entries.push_back(two.entries.front());
  CHECK(follow(fold, two, record_hash) == verdict::malformed);
  CHECK(fold.head == head);
}

TEST_CASE("of two chains the one with the later last epoch is more complete, then the longer") {
  CHECK(less_complete({3, 90, {}}, {4, 2, {}}));
  CHECK(less_complete({3, 90, {}}, {3, 91, {}}));
  CHECK_FALSE(less_complete({3, 90, {}}, {3, 90, {}}));
}
