// Workflows under kill -9 of the node at random moments: each ends, and a phase that is recorded never runs again.
// ROPEWALK_KILLS=30 for the long form.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/support/counted_workflows.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/long_form.hpp"

using namespace ropewalk::tests;

TEST_CASE("every workflow ends under kill -9 of the node, and no recorded phase runs again") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system s;
  define_counted(s);
  counting_agent agent(s);
  const int count = long_form("ROPEWALK_WORKFLOWS", 200);
  std::string refused;
  std::thread starter([&] { refused = start_counted(s, 0, count); });
  for (int kill = 0; kill < long_form("ROPEWALK_KILLS", 4); ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(400)));
    s.node().kill_now();
    s.start_node();
  }
  starter.join();
  REQUIRE(refused == "");
  for (int i = 0; i < count; ++i) check_counted(s, agent, i);
}

TEST_CASE("every workflow ends though nats-server is killed under it") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system s;
  define_counted(s);
  counting_agent agent(s);
  std::string refused;
  std::thread starter([&] { refused = start_counted(s, 0, 24); });
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + seed.below(400)));
    s.nats().kill_now();
    s.start_nats();
  }
  starter.join();
  REQUIRE(refused == "");
  // An agent may be asked again here although it has answered: its answer was lost with the server, or is late.
  for (int i = 0; i < 24; ++i) {
    INFO("workflow " << counted_id(i));
    CHECK(end_of(s, counted_id(i)).body["status"] == (counted_fails(i) ? "failed" : "completed"));
    CHECK(s.thread("t" + counted_id(i), "messages").body["messages"].size() == 1);
  }
}
