// A node whose disk fills or fails: writes are refused clearly or the node stops, and what it had
// acknowledged is there afterwards. The disk is tests/storage/fault_vfs.hpp, put in front of SQLite inside the
// node by LD_PRELOAD; the node's program knows nothing of it.

#include <catch2/catch.hpp>

#include <cstring>

#include "storage/journal_reader.hpp"
#include "tests/storage/fault_plan_file.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

struct failing_disk : fault_plan_file {
  failing_disk(const std::string& plan_file, const char* files) : fault_plan_file(plan_file, fresh) {
    std::strcpy(plan().file_part, files);
  }
};

struct failing_system {
  explicit failing_system(const char* failing_files = "journal.db") : files(failing_files) {}
  const char* files;
  scratch_directory scratch;
  failing_disk disk{scratch / "plan", files};
  test_system system{{},
                     {{"LD_PRELOAD", ROPEWALK_FAULTS_LIBRARY},
                      {"ROPEWALK_FAULTS", scratch / "plan"},
                      {"ASAN_OPTIONS", "verify_asan_link_order=0"}}};

  answer append(int n) {
    const std::string text = "m" + std::to_string(n);
    return system.thread("t", "append", {{"role", "user"}, {"content", text}}, "key-" + text);
  }
  // m1, m2, ... as the thread shows them: once each and in order.
  int messages() {
    const auto page = system.thread("t", "messages", {{"limit", 1000}});
    INFO(page.body);
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

TEST_CASE("a node whose disk is full for journal and views stays quick, and loses nothing") {
  failing_system f(".db");
  const auto append = [&](const std::string& id, const std::string& text) {
    return f.system.thread(id, "append", {{"role", "user"}, {"content", text}}, "key-" + text);
  };
  const auto quick = [](auto call) {
    const auto begin = std::chrono::steady_clock::now();
    const answer given = call();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
    return given;
  };
  for (const char* id : {"a", "b", "c"}) {
    REQUIRE(f.system.thread(id, "create").code == 200);
    REQUIRE(append(id, "first").code == 200);
  }
  REQUIRE(f.system.threads("list").body.at("threads").size() == 3); // the views have seen all

  f.disk.plan().which = fault_plan::views;
  f.disk.plan().fill_disk();
  REQUIRE(append("a", "unseen").code == 200);
  f.disk.plan().which = fault_plan::any_file;
  for (int i = 0; i < 3; ++i)
    for (const char* id : {"a", "b", "c", "new"}) {
      INFO(id);
      const auto refused =
          quick([&] { return id == std::string("new") ? f.system.thread(id, "create") : append(id, "second"); });
      CHECK(refused.code == 503);
      CHECK(refused.type() == "disk_full");
      CHECK(refused.body.value("retryable", false));
      if (id == std::string("new")) continue;
      const auto thread = quick([&] { return f.system.thread(id, "get"); });
      REQUIRE(thread.code == 200);
      CHECK(thread.body.at("thread").at("message_count") == (id == std::string("a") ? 2 : 1));
      const auto page = quick([&] { return f.system.thread(id, "messages"); });
      CHECK(page.code == (id == std::string("a") ? 503 : 200));
    }
  CHECK(f.system.node().running());
  CHECK(f.system.node_log().find("the views cannot follow the journal") != std::string::npos);
  f.disk.plan().mend();

  CHECK(eventually([&] { return f.system.thread("new", "create").code == 200; }, std::chrono::seconds(5)));
  for (const char* id : {"a", "b", "c"}) {
    REQUIRE(quick([&] { return append(id, "second"); }).code == 200);
    CHECK(eventually([&] { return f.system.thread(id, "messages").code == 200; }, std::chrono::seconds(5)));
    CHECK(f.system.thread(id, "messages").body.at("count") == (id == std::string("a") ? 3 : 2));
  }
  CHECK(append("a", "unseen").body.value("replayed", false));
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
