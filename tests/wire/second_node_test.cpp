// Two nodes with journals of their own must never serve the same threads; and a node stops in time without NATS.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/random_seed.hpp"
#include "tests/support/nats_server_process.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> node_command(const std::string& url, const std::string& data, const std::string& name) {
  return {test_system::binary(), "node", "--nats", url, "--data", data, "--name", name};
}

} // namespace

TEST_CASE("a second node behind the same prefix is refused, behind another one it is welcome") {
  test_system system;
  const scratch_directory& scratch = system.scratch();
  child_process rival(node_command(system.url(), scratch / "rival", "rival"), scratch / "rival.log");
  CHECK(rival.wait(10s) == 4); // conflict
  const std::string log = read_file(scratch / "rival.log");
  INFO(log);
  CHECK(log.find("another_node") != std::string::npos);
  CHECK(log.find("\"test\"") != std::string::npos); // who is there

  auto command = node_command(system.url(), scratch / "neighbour", "neighbour");
  command.insert(command.end(), {"--prefix", "other"});
  child_process neighbour(command, scratch / "neighbour.log");
  CHECK(eventually([&] { return system.ask("other.v1.acme.thread.t.create", nlohmann::json::object()).code == 200; }));
  CHECK(system.thread("t", "get").code == 404);
  CHECK(neighbour.stop() == 0);
}

TEST_CASE("of two nodes that waited for NATS together one serves, and a late one does not push it aside") {
  nats_server_process nats;
  nats.kill();
  const scratch_directory scratch;
  const auto waits = [&](const std::string& log) {
    return eventually([&] { return read_file(scratch / log).find("no NATS server answers yet") != std::string::npos; });
  };
  child_process first(node_command(nats.url(), scratch / "a", "first"), scratch / "a.log");
  REQUIRE(waits("a.log"));
  child_process second(node_command(nats.url(), scratch / "b", "second"), scratch / "b.log");
  REQUIRE(waits("b.log"));
  nats.start();
  REQUIRE(eventually([&] { return first.running() != second.running(); }));
  child_process& serving = first.running() ? first : second;
  child_process& refused = first.running() ? second : first;
  CHECK(refused.wait(1s) == 4);

  nats.kill(); // the one that serves goes on when the server comes back, whoever waits beside it
  child_process third(node_command(nats.url(), scratch / "c", "third"), scratch / "c.log");
  REQUIRE(waits("c.log"));
  nats.start();
  CHECK(third.wait(20s) == 4);
  CHECK(serving.running());
  CHECK(serving.stop() == 0);
}

TEST_CASE("of two nodes that start at the same moment exactly one serves") {
  random_seed seed;
  CAPTURE(seed.rerun());
  nats_server_process nats;
  for (int round = 0; round < 6; ++round) {
    const scratch_directory scratch;
    const auto serves = [&](const std::string& log) {
      return read_file(scratch / log).find(" serving ") != std::string::npos;
    };
    child_process first(node_command(nats.url(), scratch / "a", "first"), scratch / "a.log");
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(round < 3 ? 20 : 400)));
    child_process second(node_command(nats.url(), scratch / "b", "second"), scratch / "b.log");
    CHECK(eventually([&] { return first.running() != second.running(); }, 30s));
    INFO(read_file(scratch / "a.log") << read_file(scratch / "b.log"));
    child_process& left = first.running() ? first : second;
    child_process& refused = first.running() ? second : first;
    CHECK(refused.wait(0s) == 4);
    CHECK(eventually([&] { return serves(first.running() ? "a.log" : "b.log"); }));
    CHECK_FALSE(serves(first.running() ? "b.log" : "a.log"));
    CHECK(left.stop() == 0);
  }
}

TEST_CASE("a node without a server says so and stops at once") {
  nats_server_process nats;
  nats.kill();
  const scratch_directory scratch;
  child_process node(node_command(nats.url(), scratch / "data", "lonely"), scratch / "log");
  REQUIRE(
      eventually([&] { return read_file(scratch / "log").find("no NATS server answers yet") != std::string::npos; }));
  CHECK(node.stop(4s) == 0);
}
