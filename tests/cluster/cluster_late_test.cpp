// An owner whose peers are gone: who waits is told in time, and what was written goes on when they are back.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/support/cluster_system.hpp"
#include "tests/support/counted_workflows.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

// The node that serves the partition of a thread; the one whose log says so last.
int owner_of_partition(cluster_system& system, int partition) {
  for (int i = 0; i < system.nodes(); ++i) {
    const auto said = system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", nlohmann::json::object());
    if (said.code == 200 && said.body["partitions"][static_cast<std::size_t>(partition)]["serving"]) return i;
  }
  return -1;
}

} // namespace

TEST_CASE(
    "who waits for peers that are gone is told that the outcome is unknown, and the write stands once they are back") {
  cluster_system system({.partitions = 1});
  REQUIRE(system.thread("t", "create").code == 200);
  const int owner = owner_of_partition(system, 0);
  REQUIRE(owner >= 0);
  for (int i = 0; i < 3; ++i)
    if (i != owner) system.kill(i);
  const auto waited =
      system.ask("rw.v1.acme.thread.t.append", user_message("late"), {{"Rw-Idempotency-Key", "k"}}, 30s);
  CHECK(waited.code == 504);
  CHECK(waited.type() == "ownership_lost");
  // Its lease is long gone by now: who reads does not wait 15 s to be told so.
  const auto read = system.ask("rw.v1.acme.thread.t.get", nlohmann::json::object(), {}, 5s);
  CHECK(read.code == 503);
  CHECK(read.type() == "no_lease");
  for (int i = 0; i < 3; ++i)
    if (i != owner) system.start(i);
  answer again;
  REQUIRE(eventually([&] {
    again = system.ask("rw.v1.acme.thread.t.append", user_message("late"), {{"Rw-Idempotency-Key", "k"}}, 3s);
    return again.code == 200;
  }));
  answer listed;
  REQUIRE(eventually([&] { return (listed = system.thread("t", "messages")).code == 200; }, 30s));
  CHECK(listed.body["messages"].size() == 1);
  CHECK(system.chains_agree() == "");
}

TEST_CASE("a workflow whose owner had no peers for long goes on when they are back") {
  cluster_system system({.partitions = 1});
  define_counted(system);
  std::this_thread::sleep_for(500ms); // until every member has the definitions
  counting_agent agent(system);
  const int owner = owner_of_partition(system, 0);
  REQUIRE(owner >= 0);
  std::string refused;
  std::thread starter([&] { refused = start_counted(system, 1, 1); });
  for (int i = 0; i < 3; ++i)
    if (i != owner) system.kill(i);
  std::this_thread::sleep_for(20s); // longer than anybody is kept waiting
  for (int i = 0; i < 3; ++i)
    if (i != owner) system.start(i);
  starter.join();
  CHECK(refused == "");
  check_counted(system, agent, 1);
  CHECK(system.chains_agree() == "");
}
