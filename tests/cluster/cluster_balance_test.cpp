// Which member owns a partition when nobody fails, or no longer does.

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// By number of the partition; -1: no member says that it serves it.
std::vector<int> owners(cluster_system& system) {
  std::vector<int> found;
  for (int i = 0; i < system.nodes(); ++i) {
    const auto said =
        system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", json::object(), {}, std::chrono::seconds(2));
    if (said.code != 200) continue;
    found.resize(said.body["partitions"].size(), -1);
    for (std::size_t p = 0; p < found.size(); ++p)
      if (said.body["partitions"][p]["serving"]) found[p] = i;
  }
  return found;
}

bool all_owned(const std::vector<int>& by) { return !by.empty() && std::find(by.begin(), by.end(), -1) == by.end(); }

} // namespace

TEST_CASE("partitions go back to the member that they prefer when it is there again") {
  cluster_system system({.lease = "300ms"});
  std::vector<int> settled;
  REQUIRE(eventually(
      [&] { // first they go to who they prefer
        const auto now = owners(system);
        const bool still = now == settled && all_owned(now);
        settled = now;
        std::this_thread::sleep_for(4s); // longer than ten leases
        return still;
      },
      60s));
  const int victim = settled.front();
  system.kill(victim);
  REQUIRE(eventually([&] { return all_owned(owners(system)) && owners(system).front() != victim; }, 30s));
  system.start(victim);
  CHECK(eventually([&] { return owners(system) == settled; }, 60s));
}

TEST_CASE("partitions go back to a member that was stopped and started, and to one that was drained only then") {
  cluster_system system({.lease = "300ms"});
  std::vector<int> settled;
  const auto stands_still = [&] {
    const auto now = owners(system);
    const bool still = now == settled && all_owned(now);
    settled = now;
    std::this_thread::sleep_for(4s); // longer than ten leases
    return still;
  };
  REQUIRE(eventually(stands_still, 60s));
  const auto preferred = settled;
  const int victim = preferred.front();
  CHECK(system.node(victim).stop() == 0);
  REQUIRE(eventually([&] { return all_owned(owners(system)) && owners(system).front() != victim; }, 30s));
  system.start(victim);
  CHECK(eventually([&] { return owners(system) == preferred; }, 60s));

  const auto drained = [&](const std::vector<int>& by) { return std::find(by.begin(), by.end(), victim) == by.end(); };
  const std::string to = "n" + std::to_string((victim + 1) % 3 + 1);
  REQUIRE(eventually([&] {
    for (std::size_t p = 0; p < preferred.size(); ++p)
      if (const auto by = owners(system); by[p] == victim)
        (void)system.ask("rw.node.n" + std::to_string(victim + 1) + ".move",
                         {{"partition", p}, {"to", to}, {"drain", true}});
    return all_owned(owners(system)) && drained(owners(system));
  }));
  std::this_thread::sleep_for(5s); // longer than ten leases
  CHECK(drained(owners(system)));
  CHECK(system.node(victim).stop() == 0);
  system.start(victim);
  CHECK(eventually([&] { return owners(system) == preferred; }, 60s));
}

TEST_CASE("a member that serves nothing yet can be drained as well") {
  cluster_system system({.lease = "300ms"});
  const auto of = [&](int member) {
    const auto by = owners(system);
    return std::count(by.begin(), by.end(), member);
  };
  CHECK(system.node(0).stop() == 0);
  system.start(0);
  REQUIRE(eventually([&] { return system.ask("rw.node.n1.rest", json::object()).code == 200; }));
  REQUIRE(eventually([&] { return run_program(system, "cluster drain n1").code == 0 && of(0) == 0; }, 30s));
  std::this_thread::sleep_for(6s); // longer than ten leases
  CHECK(of(0) == 0);
  const json said = system.ask("rw.node.n1.partitions", json::object()).body;
  for (const json& p : said.at("partitions")) CHECK(p.at("resting") == true);
  CHECK(system.node(1).stop() == 0); // which gives its partitions to the third one
  CHECK(eventually([&] { return of(2) == 4; }, 30s));
}

TEST_CASE("a partition stays where an operator moved it") {
  cluster_system system({.lease = "300ms"});
  std::this_thread::sleep_for(6s); // until each is where it is preferred
  const auto before = owners(system);
  REQUIRE(all_owned(before));
  const int to = (before.front() + 1) % 3;
  REQUIRE(eventually([&] {
    return system
               .ask("rw.node.n" + std::to_string(before.front() + 1) + ".move",
                    {{"partition", 0}, {"to", "n" + std::to_string(to + 1)}})
               .code == 200;
  }));
  REQUIRE(eventually([&] { return owners(system).front() == to; }));
  std::this_thread::sleep_for(5s); // longer than ten leases
  CHECK(owners(system).front() == to);
}

TEST_CASE("a member that is stopped hands its partitions over before its lease is over") {
  cluster_system system({.lease = "20s"});
  const auto before = owners(system);
  REQUIRE(all_owned(before));
  const int victim = before.front();
  CHECK(system.node(victim).stop() == 0);
  CHECK(eventually([&] { return all_owned(owners(system)) && owners(system).front() != victim; },
                   15s));     // the lease is 20 s
  for (int t = 0; t < 8; ++t) // of all partitions
    CHECK(eventually(
        [&] { return system.thread("probe" + std::to_string(t), "append", user_message("on")).code == 200; }, 10s));
}

TEST_CASE("a partition does not move to a member that is not there, and goes on") {
  cluster_system system({.lease = "2s"});
  REQUIRE(all_owned(owners(system)));
  const int gone = (owners(system).front() + 1) % 3;
  system.kill(gone);
  const auto move = [&] {
    const auto now = owners(system); // who else serves it may change on a busy machine
    if (now.empty() || now.front() < 0) return std::string();
    return system
        .ask("rw.node.n" + std::to_string(now.front() + 1) + ".move",
             {{"partition", 0}, {"to", "n" + std::to_string(gone + 1)}})
        .type();
  };
  CHECK(eventually([&] { return move() == "not_in_step"; }, 60s)); // once its lease says so
  CHECK(eventually([&] { return system.thread("probe0", "append", user_message("on")).code == 200; }, 30s));
  CHECK(owners(system).front() != gone);
}
