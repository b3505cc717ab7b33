// The promise of a cluster: what was acknowledged is there, once and in order, on every member, whichever of them was killed
// meanwhile. ROPEWALK_KILLS=60 for the long form.

#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "tests/random_seed.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/keyed_writers.hpp"
#include "tests/support/long_form.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

void wait_progress(keyed_writers& writers) {
  const std::size_t before = writers.acknowledged();
  REQUIRE(eventually([&] { return writers.acknowledged() > before + 50; }, std::chrono::seconds(60)));
}

void finish(cluster_system& system, keyed_writers& writers, int faults) {
  const auto done = writers.stop();
  CHECK(done.failed == 0);
  CHECK(done.acknowledged > 0);
  REQUIRE(system.wait_serving());
  writers.check(system);
  WARN(faults << " faults, " << done.acknowledged << " acknowledged appends, " << done.replayed
              << " answered again by key");
  CHECK(system.chains_agree() == "");
}

} // namespace

TEST_CASE("every acknowledged append survives kill -9 of any member, exactly once and in order, on all members") {
  random_seed seed;
  CAPTURE(seed.rerun());
  cluster_system system;
  keyed_writers writers(system, 16, 8);
  const int kills = long_form("ROPEWALK_KILLS", 5);
  for (int k = 0; k < kills; ++k) {
    wait_progress(writers);
    const int victim = static_cast<int>(seed.below(3));
    system.kill(victim);
    if (seed.below(2) == 0) wait_progress(writers); // the others carry on
    else std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(1500)));
    system.start(victim);
  }
  wait_progress(writers);
  finish(system, writers, kills);
}

TEST_CASE("a member that stands still loses its partitions and does not acknowledge afterwards") {
  random_seed seed;
  CAPTURE(seed.rerun());
  cluster_system system;
  keyed_writers writers(system, 16, 8);
  const int pauses = long_form("ROPEWALK_KILLS", 4);
  for (int k = 0; k < pauses; ++k) {
    wait_progress(writers);
    child_process& victim = system.node(static_cast<int>(seed.below(3)));
    victim.signal(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + seed.below(4000)));
    victim.signal(SIGCONT);
  }
  wait_progress(writers);
  finish(system, writers, pauses);
}

TEST_CASE("acknowledged appends survive the loss of all of NATS and its data") {
  random_seed seed;
  CAPTURE(seed.rerun());
  cluster_system system;
  keyed_writers writers(system, 16, 8);
  const int losses = long_form("ROPEWALK_KILLS", 3);
  for (int k = 0; k < losses; ++k) {
    wait_progress(writers);
    system.nats().kill_all();
    if (k % 2 == 0) system.nats().wipe_stores();
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(1000)));
    system.nats().start_all();
  }
  wait_progress(writers);
  finish(system, writers, losses);
}

TEST_CASE("a member whose disk was wiped gets everything back from the others") {
  cluster_system system;
  keyed_writers writers(system, 8, 8);
  wait_progress(writers);
  system.kill(1);
  system.wipe(1);
  wait_progress(writers);
  system.start(1);
  wait_progress(writers);
  finish(system, writers, 1);
}
