// When a partition's stream counts as silent.

#include "actors/cluster/stream_silence.hpp"

#include <catch2/catch.hpp>

using ropewalk::actors::stream_silence;
using namespace std::chrono_literals;

namespace {

stream_silence::time after(std::chrono::milliseconds since_start) { return stream_silence::time{} + 1h + since_start; }

} // namespace

TEST_CASE("a stream is silent once questions came to nothing for five seconds, told once, and again when it answers") {
  stream_silence s;
  s.asked(after(0ms));
  CHECK(s.came_to_nothing(after(2s)) == stream_silence::news::none);
  s.asked(after(2s));
  CHECK(s.came_to_nothing(after(4999ms)) == stream_silence::news::none);
  CHECK(s.silent_for(after(4999ms)) == 0ms);
  s.asked(after(4999ms));
  CHECK(s.came_to_nothing(after(7s)) == stream_silence::news::silent);
  s.asked(after(7s));
  CHECK(s.came_to_nothing(after(9s)) == stream_silence::news::none);
  CHECK(s.silent_for(after(9s)) == 9s); // since the first of them
  CHECK(s.answered() == stream_silence::news::answers);
  CHECK(s.silent_for(after(9s)) == 0ms);
  CHECK(s.answered() == stream_silence::news::none);
}

TEST_CASE("a stream that was asked nothing, or answered in between, is not silent") {
  stream_silence s;
  CHECK(s.came_to_nothing(after(20s)) == stream_silence::news::none);
  s.asked(after(20s));
  CHECK(s.answered() == stream_silence::news::none);
  s.asked(after(40s));
  CHECK(s.came_to_nothing(after(42s)) == stream_silence::news::none);
  CHECK(s.silent_for(after(60s)) == 0ms);
}

TEST_CASE(
    "a stream that declines what is written is silent, whatever it answers to questions, until it takes something") {
  stream_silence s;
  s.asked(after(0ms));
  CHECK(s.declined(after(1s)) == stream_silence::news::none);
  for (int i = 1; i < 5; ++i) {
    s.asked(after(i * 1s));
    CHECK(s.answered() == stream_silence::news::none);
    s.asked(after(i * 1s + 500ms));
    CHECK(s.declined(after(i * 1s + 600ms)) == stream_silence::news::none);
  }
  CHECK(s.declined(after(5s)) == stream_silence::news::silent);
  CHECK(s.answered() == stream_silence::news::none);
  CHECK(s.silent_for(after(8s)) == 8s);
  CHECK(s.lacks_room());
  SECTION("it takes something") {
    CHECK(s.took() == stream_silence::news::answers);
    CHECK(s.silent_for(after(9s)) == 0ms);
  }
  SECTION("another one writes from now on, and this one asks") {
    s.writes_no_more();
    CHECK(s.answered() == stream_silence::news::answers);
  }
}
