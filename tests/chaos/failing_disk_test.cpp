// A node whose journal's disk fills or fails: writes are refused clearly or the node stops, and what it had
// acknowledged is there afterwards. The disk is tests/storage/fault_vfs.hpp, put in front of SQLite inside the
// node by LD_PRELOAD; the node's program knows nothing of it.

#include <catch2/catch.hpp>

#include "storage/journal_reader.hpp"
#include "tests/storage/fault_plan_file.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

struct failing_system {
  scratch_directory scratch;
  fault_plan_file disk{scratch / "plan", fault_plan_file::fresh};
  test_system system{{}, {{"LD_PRELOAD", ROPEWALK_FAULTS_LIBRARY},
                          {"ROPEWALK_FAULTS", scratch / "plan"},
                          {"ASAN_OPTIONS", "verify_asan_link_order=0"}}};

  answer append(int n) {
    const std::string text = "m" + std::to_string(n);
    return system.thread("t", "append", {{"role", "user"}, {"content", text}}, "key-" + text);
  }
  // m1, m2, ... as the thread shows them: once each and in order.
  int messages() {
    const auto page = system.thread("t", "messages", {{"limit", 1000}});
    REQUIRE(page.code == 200);
    int n = 0;
    for (const auto& message : page.body.at("messages")) CHECK(message.at("content") == "m" + std::to_string(++n));
    return n;
  }
  void check_journal() {
    auto reader = storage::journal_reader::open(system.data() + "/journal.db");
    REQUIRE(reader);
    const auto report = reader->verify_chain();
    REQUIRE(report);
    if (report->first_bad) FAIL(report->first_bad->why);
  }
};

} // namespace

TEST_CASE("a node whose disk is full refuses writes, serves reads, and writes again once there is room") {
  failing_system f;
  REQUIRE(f.system.thread("t", "create").code == 200);
  for (int n = 1; n <= 20; ++n) REQUIRE(f.append(n).code == 200);
  REQUIRE(f.disk.plan().writes > 0); // the faults are in the node

  f.disk.plan().fill_disk();
  for (int i = 0; i < 5; ++i) {
    const auto refused = f.append(21);
    CHECK(refused.code == 503);
    CHECK(refused.body.value("retryable", false));
    CHECK(f.messages() == 20);
  }
  CHECK(f.system.node().running());
  f.disk.plan().mend();

  for (int n = 21; n <= 30; ++n) REQUIRE(f.append(n).code == 200);
  CHECK(f.append(21).body.value("replayed", false)); // the same key once more
  CHECK(f.messages() == 30);
  f.check_journal();
}

TEST_CASE("a node whose disk fails stops, and comes back with all that it had acknowledged") {
  failing_system f;
  REQUIRE(f.system.thread("t", "create").code == 200);
  for (int n = 1; n <= 20; ++n) REQUIRE(f.append(n).code == 200);

  SECTION("at an fsync") { f.disk.plan().fail_sync(); }
  SECTION("at a write") { f.disk.plan().fail_write(); }
  const auto unclear = f.append(21);
  CHECK(unclear.code != 200);
  const int code = f.system.node().wait(std::chrono::seconds(20));
  CHECK(code > 0);
  CHECK(code < 128); // it stopped by itself
  f.disk.plan().mend();

  f.system.start_node();
  REQUIRE(f.append(21).code == 200); // with its key: whether or not it was recorded before
  REQUIRE(f.append(22).code == 200);
  CHECK(f.messages() == 22);
  f.check_journal();
}
