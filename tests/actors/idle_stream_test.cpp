// When a stream is asked although nobody has a question.

#include "actors/cluster/idle_stream.hpp"

#include <catch2/catch.hpp>

using namespace ropewalk;
using actors::idle_stream;
using namespace std::chrono_literals;

namespace {

constexpr replication::stream_id older_stream{partition_id{3}, 4}, newer_stream{partition_id{3}, 5};

idle_stream::time elapsed(std::chrono::seconds since_start) { return idle_stream::time{} + 1h + since_start; }

} // namespace

TEST_CASE("the stream that was written to last is asked when nothing was asked of any for five seconds") {
  idle_stream s;
  s.asked(elapsed(0s));
  CHECK_FALSE(s.to_ask(elapsed(60s))); // nothing was written
  s.wrote(older_stream);
  s.wrote(newer_stream);
  CHECK_FALSE(s.to_ask(elapsed(4s)));
  CHECK(s.to_ask(elapsed(5s)) == newer_stream);
  s.asked(elapsed(5s));
  CHECK_FALSE(s.to_ask(elapsed(9s)));
}

TEST_CASE("who reads a stream hears of its end, but an owner that looked a record up does not") {
  idle_stream s;
  s.asked(elapsed(0s));
  s.wrote(newer_stream);
  s.read();
  CHECK_FALSE(s.to_ask(elapsed(9s)));
  s.served(true); // it found the record that makes it the owner
  CHECK(s.to_ask(elapsed(9s)) == newer_stream);
  s.read();
  CHECK(s.to_ask(elapsed(9s)) == newer_stream);
  s.served(false);
  CHECK_FALSE(s.to_ask(elapsed(9s)));
}
