// Backups made while a cluster serves, and what is done with them: elsewhere, under one member, under all of them.

#include <catch2/catch.hpp>

#include <filesystem>

#include "runtime/hex.hpp"
#include "storage/chain_reader.hpp"
#include "tests/cluster/killed_cluster.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/keyed_writers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string keys_option(const cluster_system& system) { return " --keyring " + (system.scratch() / "keys.json"); }

json backed_up(const cluster_system& system, int node, const std::string& name) {
  const program_result made = run_program(system, "backup --data " + system.data(node) + " --name n" +
                                                      std::to_string(node + 1) + keys_option(system) + " " +
                                                      (system.scratch() / name));
  CAPTURE(made.output, made.trouble);
  REQUIRE(made.code == 0);
  return made.json();
}

program_result restored(const cluster_system& system, int node, const std::string& name, const std::string& more = {}) {
  return run_program(system, "restore " + (system.scratch() / name) + " --data " + system.data(node) +
                                 keys_option(system) + " " + more);
}

bool all_stand(const cluster_system& system) {
  const program_result r = run_program(system, "cluster members");
  if (r.code != 0) return false;
  const json members = r.json().value("members", json::array());
  for (const json& m : members)
    if (m.value("without_standing", 1) != 0) return false;
  return members.size() == 3;
}

std::vector<std::string> contents(cluster_system& system, const std::string& thread) {
  std::vector<std::string> all;
  const answer got = system.thread(thread, "messages");
  for (const json& m : got.body.value("messages", json::array())) all.push_back(m["content"]);
  return all;
}

} // namespace

TEST_CASE("a backup made under load is a part of what all members hold, and a member put back from it catches up") {
  cluster_system system;
  keyed_writers writers(system, 8, 8);
  REQUIRE(eventually([&] { return writers.acknowledged() > 200; }));
  const json about = backed_up(system, 1, "backup");
  CHECK(about["node"] == "n2");
  CHECK(about["member"] == true);
  const std::size_t then = writers.acknowledged();
  REQUIRE(eventually([&] { return writers.acknowledged() > then + 200; })); // nobody was kept from writing
  CHECK(run_program(system, "verify --data " + (system.scratch() / "backup")).code == 0);
  // What n2 had accepted and on its disk then is in n1's chains; an own tail may have come behind that.
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }));
  const auto others = storage::chain_file::open(system.data(0) + "/journal.db");
  const auto its = storage::chain_file::open((system.scratch() / "backup") + "/journal.db");
  REQUIRE(others);
  REQUIRE(its);
  std::uint64_t entries = 0;
  for (const json& head : about["heads"]) {
    const partition_id p{head["partition"].get<std::uint16_t>()};
    const auto index = head["index"].get<std::uint64_t>();
    entries += index;
    REQUIRE(index > 0);
    CHECK(to_hex((*its)->at(p, index)->hash) == head["hash"]);
    std::optional<replication::chain_point> same;
    REQUIRE(eventually([&] { return (same = (*others)->at(p, index)).has_value(); }));
    CHECK(to_hex(same->hash) == head["hash"]);
  }
  CHECK(entries > 200);

  system.kill(1);
  CHECK(restored(system, 1, "backup").code == 4); // its directory is not empty
  system.wipe(1);
  const program_result back = restored(system, 1, "backup");
  CAPTURE(back.output, back.trouble);
  REQUIRE(back.code == 0);
  system.start(1);
  REQUIRE(eventually([&] { return all_stand(system); }, 60s));
  const auto tally = writers.stop();
  CHECK(tally.failed == 0);
  REQUIRE(system.wait_serving());
  writers.check(system);
  CHECK(system.log(1).find("this disk is new, was wiped or is a backup") != std::string::npos);
  CHECK(chains_when_killed(system) == "");
}

TEST_CASE("a node that is alone serves from its backup what it held, elsewhere") {
  test_system system;
  REQUIRE(system.thread("kept", "create").code == 200);
  for (const char* text : {"one", "two"}) REQUIRE(system.thread("kept", "append", user_message(text)).code == 200);
  const std::string backup = system.scratch() / "backup";
  const program_result made = run_program(system, "backup --data " + system.data() + " " + backup);
  CAPTURE(made.trouble);
  REQUIRE(made.code == 0);
  CHECK(run_program(system, "backup --data " + system.data() + " " + backup).code == 4);
  REQUIRE(system.thread("kept", "append", user_message("later")).code == 200);
  REQUIRE(system.node().stop() == 0);
  std::filesystem::rename(system.data(), system.data() + ".lost");
  REQUIRE(run_program(system, "restore " + backup + " --data " + system.data()).code == 0);
  std::filesystem::copy_file(system.data() + ".lost/keyring.json", system.data() + "/keyring.json");
  system.start_node();
  const json messages = system.thread("kept", "messages").body["messages"];
  REQUIRE(messages.size() == 2);
  CHECK(messages[1]["content"] == "two");
  REQUIRE(system.thread("kept", "append", user_message("three")).code == 200);
  CHECK(system.thread("kept", "messages").body["messages"].at(2)["content"] == "three");
  CHECK(system.threads("list").body["threads"].size() == 1);
}

TEST_CASE("a cluster that lost all its disks serves again from one backup, on the operator's word") {
  const bool streams_too = GENERATE(true, false);
  CAPTURE(streams_too);
  cluster_system system;
  REQUIRE(system.thread("kept", "create").code == 200);
  for (const char* text : {"one", "two"}) REQUIRE(system.thread("kept", "append", user_message(text)).code == 200);
  REQUIRE(eventually([&] { return run_program(system, "verify --cluster --quick").code == 0; }));
  // Until n1 holds what its owner has.
  REQUIRE(eventually([&] {
    for (const json& p : run_program(system, "cluster partitions").json()["partitions"])
      if (p["behind"]["n1"] != 0) return false;
    return true;
  }));
  backed_up(system, 0, "backup");
  REQUIRE(system.thread("kept", "append", user_message("after the backup")).code == 200);
  for (int i = 0; i < 3; ++i) {
    system.kill(i);
    system.wipe(i);
  }
  if (streams_too) {
    system.nats().kill_all();
    system.nats().wipe_stores();
    system.nats().start_all();
  }
  CHECK(restored(system, 0, "backup", "--all-members-lost").code == 2); // nobody can be asked
  CHECK_FALSE(std::filesystem::exists(system.data(0)));
  for (int i = 0; i < 2; ++i) {
    const program_result back = restored(system, i, "backup", "--all-members-lost --yes");
    CAPTURE(back.output, back.trouble);
    REQUIRE(back.code == 0);
  }
  for (int i = 0; i < 3; ++i) system.start(i);
  REQUIRE(system.wait_serving());
  std::vector<std::string> seen = contents(system, "kept");
  REQUIRE(seen.size() >= 2);
  CHECK(seen[0] == "one");
  CHECK(seen[1] == "two");
  if (streams_too) CHECK(seen.size() == 2);
  REQUIRE(system.thread("kept", "append", user_message("and on")).code == 200);
  REQUIRE(eventually([&] { return all_stand(system); }, 60s));
  CHECK(contents(system, "kept").back() == "and on");
  const program_result verified = run_program(system, "verify --cluster");
  CAPTURE(verified.output, verified.trouble);
  CHECK(verified.code == 0);
  CHECK(chains_when_killed(system) == "");
}

TEST_CASE("a member that is lost in full is put back by an empty directory, and one that is damaged by moving its own aside") {
  cluster_system system;
  REQUIRE(system.thread("kept", "create").code == 200);
  REQUIRE(system.thread("kept", "append", user_message("one")).code == 200);
  REQUIRE(system.node(2).stop() == 0);
  // In the middle of the file: what a start reads of a journal this short.
  {
    auto db = storage::sqlite::connection::open(system.data(2) + "/journal.db", {});
    REQUIRE(db);
    REQUIRE(db->execute("UPDATE entries SET body = '{}' WHERE position = (SELECT max(position) / 2 FROM entries)"));
  }
  system.start(2);
  CHECK(system.node(2).wait(20s) == 7); // fail-stop, and it says where
  CHECK(system.log(2).find("position") != std::string::npos);
  std::filesystem::rename(system.data(2), system.data(2) + ".damaged");
  system.start(2);
  REQUIRE(eventually([&] { return all_stand(system); }, 60s));
  CHECK(chains_when_killed(system) == "");
}
