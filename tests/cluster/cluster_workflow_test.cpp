// Workflows go on at another member when theirs is killed: each ends as planned, nothing that is recorded is done again, and
// children, threads and timers are found wherever they live. ROPEWALK_KILLS=40 for the long form.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/random_seed.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/counted_workflows.hpp"
#include "tests/support/long_form.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

TEST_CASE("workflows with children, threads and timers on all members end as planned") {
  cluster_system system;
  define_counted(system);
  std::this_thread::sleep_for(500ms); // until every member has the definitions
  counting_agent agent(system);
  CHECK(start_counted(system, 0, 24) == "");
  for (int i = 0; i < 24; ++i) check_counted(system, agent, i);
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
