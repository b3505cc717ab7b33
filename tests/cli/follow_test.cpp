#include <catch2/catch.hpp>

#include "cli/thread/follow.hpp"

using ropewalk::cli::follow_position;
using step = follow_position::step;

TEST_CASE("the next message is shown from its event, once") {
  follow_position p(4);
  CHECK(p.on_appended(5) == step::show);
  CHECK(p.on_appended(5) == step::ignore);
  CHECK(p.on_appended(3) == step::ignore);
  CHECK(p.seen() == 5);
}

TEST_CASE("an event behind a gap asks for a read and is not taken for seen") {
  follow_position p(4);
  CHECK(p.on_appended(7) == step::read);
  CHECK(p.seen() == 4);
  CHECK(p.on_read(5));
  CHECK(p.on_read(7)); // 6 was removed meanwhile
  CHECK(p.on_appended(6) == step::ignore);
  CHECK(p.on_appended(8) == step::show);
}

TEST_CASE("seqs that do not exist any more are not waited for") {
  follow_position p(4);
  p.on_read_end(9); // 5 to 9 were removed
  CHECK(p.on_appended(10) == step::show);
}

TEST_CASE("a read that was overtaken by events shows nothing twice") {
  follow_position p(0);
  CHECK(p.on_appended(1) == step::show);
  CHECK_FALSE(p.on_read(1));
  CHECK(p.on_read(2));
  p.on_read_end(1); // an older answer does not take it back
  CHECK(p.seen() == 2);
}
