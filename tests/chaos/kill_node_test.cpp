// The promise itself: whatever was acknowledged is there, once and in order, after the node was killed at
// random moments under load, or its nats-server was. ROPEWALK_KILLS=30 for the long form.

#include <catch2/catch.hpp>

#include <thread>

#include "storage/journal_reader.hpp"
#include "tests/support/keyed_writers.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/long_form.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;

namespace {

int kills() { return long_form("ROPEWALK_KILLS", 4); }

void check_chain(test_system& system, std::size_t least_entries) {
  CHECK(system.node().stop() == 0);
  auto reader = storage::journal_reader::open(system.data() + "/journal.db");
  REQUIRE(reader);
  auto report = reader->verify_chain();
  REQUIRE(report);
  CHECK_FALSE(report->first_bad.has_value());
  CHECK(report->entries >= least_entries);
}

} // namespace

TEST_CASE("every acknowledged append survives kill -9 of the node, exactly once and in order") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system system;
  keyed_writers writers(system, 64, 16);
  for (int k = 0; k < kills(); ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + seed.below(700)));
    system.node().kill_now();
    system.start_node();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto done = writers.stop();
  CHECK(done.failed == 0);
  CHECK(done.acknowledged > 0);
  writers.check(system);
  WARN(kills() << " kills, " << done.acknowledged << " acknowledged appends, " << done.replayed
               << " answered again by key");
  check_chain(system, done.acknowledged);
}

TEST_CASE("every acknowledged append is there once and in order after nats-server was killed under the writers") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system system;
  keyed_writers writers(system, 16, 8);
  for (int k = 0; k < kills(); ++k) {
    const std::size_t before = writers.acknowledged();
    REQUIRE(eventually([&] { return writers.acknowledged() > before + 100; }, std::chrono::seconds(30)));
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(200)));
    system.nats().kill_now();
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(400)));
    system.start_nats();
  }
  const std::size_t before = writers.acknowledged();
  CHECK(eventually([&] { return writers.acknowledged() > before + 100; }, std::chrono::seconds(30)));
  const auto done = writers.stop();
  CHECK(done.failed == 0);
  REQUIRE(eventually([&] { return system.thread("t0", "get").code == 200; }));
  writers.check(system);
  WARN(kills() << " kills of nats-server, " << done.acknowledged << " acknowledged appends, " << done.replayed
               << " answered again by key");
  check_chain(system, done.acknowledged);
}

TEST_CASE("a second process on the same data directory is refused and told why") {
  test_system system;
  child_process second(
      {test_system::binary(), "node", "--nats", system.url(), "--data", system.data(), "--name", "other"},
      system.scratch() / "second.log");
  CHECK(second.wait(std::chrono::seconds(10)) > 0);
  CHECK(read_file(system.scratch() / "second.log").find("in use") != std::string::npos);
  CHECK(system.ask("rw.node.test.health", {}).code == 200);
}
