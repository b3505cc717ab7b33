// Workflows go on at another member when theirs is killed: each ends as planned, nothing that is recorded is done again, and
// children, threads and timers are found wherever they live. ROPEWALK_KILLS=40 for the long form.

#include <catch2/catch.hpp>

#include <set>
#include <thread>

#include "runtime/entity_key.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/counted_workflows.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/long_form.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// id, version, phase and reason of each; not what was made for the sake of one disk, nor positions and sizes.
json checkpoints_of(cluster_system& system, int instances) {
  json all = json::object();
  for (int i = 0; i < instances; ++i) {
    answer told;
    const std::string subject = "rw.v1.acme.workflow." + counted_id(i) + ".checkpoints";
    REQUIRE(eventually([&] { return (told = system.ask(subject, json::object())).code == 200; }, 60s));
    for (const json& c : told.body["checkpoints"]) {
      if (c["reason"] == "growth") continue;
      all[counted_id(i)].push_back({c["id"], c["version"], c["phase"], c["reason"]});
    }
  }
  return all;
}

} // namespace

TEST_CASE("workflows with children, threads and timers on all members end as planned") {
  cluster_system system;
  define_counted(system);
  std::this_thread::sleep_for(500ms); // until every member has the definitions
  counting_agent agent(system);
  CHECK(start_counted(system, 0, 24) == "");
  for (int i = 0; i < 24; ++i) check_counted(system, agent, i);

  // Whoever comes to own them has their checkpoints too, under the same ids, although only entries are replicated.
  const json before = checkpoints_of(system, 24);
  CHECK(before.size() == 24);
  system.kill(0);
  CHECK(checkpoints_of(system, 24) == before);
  system.start(0);
  REQUIRE(system.wait_serving());
  CHECK(system.chains_agree() == "");
}

TEST_CASE("a child whose owner died before it told of the child's end is asked for it") {
  cluster_system system;
  const json inner{{"name", "inner"}, {"phases", {{{"name", "a"}, {"run", "agent"}, {"subject", "agents.chaos"}}}}};
  const json outer{{"name", "outer"},
                   {"phases", {{{"name", "sub"}, {"run", "workflow"}, {"definition", "inner"}, {"version", 1}}}}};
  for (const json& d : {inner, outer})
    REQUIRE(system.ask("rw.v1.acme.workflows.define", {{"definition", d}}).code == 200);
  counting_agent agent(system);
  // A parent at one member whose child is at another one.
  json all;
  REQUIRE(eventually(
      [&] {
        all = run_program(system, "cluster partitions").json().value("partitions", json::array());
        std::set<std::string> owners;
        for (const json& p : all) owners.insert(p["owner"].get<std::string>());
        return owners.size() > 1 && !owners.contains("");
      },
      60s));
  const auto owner_of = [&](const std::string& workflow) {
    return all.at(partition_of({"acme", entity_kind::workflow, workflow}, 4).value)["owner"].get<std::string>();
  };
  std::string parent;
  for (int i = 0; i < 1000 && parent.empty(); ++i)
    if (const std::string id = "p" + std::to_string(i); owner_of(id) != owner_of(id + ".sub.1")) parent = id;
  REQUIRE_FALSE(parent.empty());
  const std::string victim = owner_of(parent + ".sub.1");
  // Its second effect there: the first hands the work out.
  REQUIRE(system.ask("rw.node." + victim + ".fault", {{"points", "workflow.before_effect=kill@2"}}).code == 200);
  REQUIRE(insist(system, parent, "start", {{"definition", "outer"}}, "start") == "");
  const int died = victim[1] - '1';
  REQUIRE(eventually([&] { return !system.node(died).running(); }, 30s));
  CHECK(end_of(system, parent).body["status"] == "completed");
  system.start(died);
  CHECK(system.chains_agree() == "");
}

TEST_CASE("workflows end as planned, and nothing recorded is done again, when members are killed under them") {
  random_seed seed;
  CAPTURE(seed.rerun());
  cluster_system system;
  define_counted(system);
  std::this_thread::sleep_for(500ms);
  counting_agent agent(system);
  const int kills = long_form("ROPEWALK_KILLS", 4), a_kill = 12;
  std::string refused;
  for (int k = 0; k < kills; ++k) {
    std::thread starter([&] { refused += start_counted(system, k * a_kill, a_kill); });
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(400)));
    const int victim = static_cast<int>(seed.below(3));
    system.kill(victim);
    starter.join();
    system.start(victim);
  }
  CHECK(refused == "");
  for (int i = 0; i < kills * a_kill; ++i) check_counted(system, agent, i);
  CHECK(system.chains_agree() == "");
}
