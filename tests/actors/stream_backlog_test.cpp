// How much an owner may have written that its stream has not taken.

#include <catch2/catch.hpp>

#include "actors/cluster/stream_backlog.hpp"

using namespace ropewalk;

namespace {

replication::entry_ptr written(std::uint64_t index, std::size_t bytes) {
  entry e;
  e.index = index;
  e.event.body = std::string(bytes, 'x');
  return std::make_shared<const entry>(std::move(e));
}

} // namespace

TEST_CASE("a backlog is full from its bound on, until the stream has taken enough") {
  const std::size_t one = replication::record_bytes(*written(1, 1000));
  actors::stream_backlog b(3 * one);
  CHECK_FALSE(b.full());
  for (const std::uint64_t index : {1, 2}) b.add(*written(index, 1000));
  CHECK_FALSE(b.full());
  b.add(*written(3, 1000));
  CHECK(b.full());
  b.accepted(0);
  CHECK(b.full());
  b.accepted(1);
  CHECK_FALSE(b.full());
  b.add(*written(4, 1000));
  CHECK(b.full());
  b.accepted(9);
  CHECK_FALSE(b.full());
}

TEST_CASE("a backlog begins with what the disk has beyond the stream") {
  const std::size_t one = replication::record_bytes(*written(1, 1000));
  actors::stream_backlog b(2 * one);
  b.begin({written(7, 1000), written(8, 1000)});
  CHECK(b.full());
  b.accepted(7);
  CHECK_FALSE(b.full());
  b.begin({});
  b.add(*written(5, 1000));
  CHECK_FALSE(b.full());
}
