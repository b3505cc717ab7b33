// The program of examples/embed, as its reader would run it.

#include <catch2/catch.hpp>

#include "tests/support/nats_server_process.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;

namespace {

std::string program() {
  const char* given = std::getenv("ROPEWALK_EMBED_BINARY");
  return given ? given : ROPEWALK_EMBED_BINARY;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

} // namespace

TEST_CASE("a program that embeds the runtime runs its own functions as the phases of a workflow") {
  const nats_server_process nats;
  const scratch_directory dir;
  child_process embedded({program(), nats.url(), dir / "data", "agent-1"}, dir / "out");
  const int end = embedded.wait(std::chrono::seconds(60));
  const std::string said = read_file(dir / "out");
  INFO(said);
  REQUIRE(end == 0);
  CHECK(said.find("agent-1 is started\n") != std::string::npos);
  CHECK(said.find("agent-1 is completed\n") != std::string::npos);
  CHECK(said.find("\"deployed\": \"planner:1\"") != std::string::npos);
  CHECK(said.find("\"registered_as\": \"agents.planner\"") != std::string::npos);
  CHECK(said.find("\"passed\": 12") != std::string::npos);
}

TEST_CASE("killed in the middle, it goes on where it was") {
  const nats_server_process nats;
  const scratch_directory dir;
  const std::vector<std::string> command{program(), nats.url(), dir / "data", "agent-1"};
  for (int kills = 0; kills < 3; ++kills) {
    child_process embedded(command, dir / "first");
    REQUIRE(eventually([&] { return count(read_file(dir / "first"), "agent-1 ") > std::size_t(kills); }));
    embedded.kill_now();
  }
  child_process embedded(command, dir / "last");
  const int end = embedded.wait(std::chrono::seconds(60));
  const std::string said = read_file(dir / "last");
  INFO(said);
  CHECK(end == 0);
  CHECK(said.find("agent-1 was begun before, and goes on\n") != std::string::npos);
  CHECK(said.find("agent-1 is completed\n") != std::string::npos);
}
