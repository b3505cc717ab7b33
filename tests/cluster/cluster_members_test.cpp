// Members come and go while clients write: nothing that was acknowledged is lost, and those that are members at the end agree.

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

#include "storage/journal_reader.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/member_words.hpp"
#include "tests/support/keyed_writers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/test_system.hpp"
#include "transport/stream_names.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

void writes_go_on(keyed_writers& writers) {
  const std::size_t before = writers.acknowledged();
  REQUIRE(eventually([&] { return writers.acknowledged() > before + 20; }, 60s));
}

json member_partitions(cluster_system& system, const std::string& node) {
  return system.ask("rw.node." + node + ".partitions", json::object(), {}, 3s).body;
}

bool answers(cluster_system& system, const std::string& node) {
  return eventually([&] { return system.ask("rw.node." + node + ".health", {}, {}, 300ms).code == 200; }, 60s);
}

void must_run(const cluster_system& system, const std::string& arguments) {
  const program_result r = run_program(system, arguments);
  INFO(arguments << ": " << r.output << r.trouble);
  REQUIRE(r.code == 0);
}

std::vector<std::string> members_of(const cluster_system& system) {
  std::vector<std::string> names;
  const json all = run_program(system, "cluster status").json();
  for (const json& m : all["members"])
    if (!m.contains("no_member")) names.push_back(m["member"]);
  return names;
}

} // namespace

TEST_CASE(
    "under load a node is added, a member is removed, and one that lost its disk is replaced under another name") {
  cluster_system system({.partitions = 2});
  keyed_writers writers(system, 8, 4);
  writes_go_on(writers);

  system.add_node();
  REQUIRE(answers(system, "n4"));
  CHECK(member_partitions(system, "n4")["takes_part"] == false);
  must_run(system, "cluster add n4 --wait 2m");
  CHECK(members_of(system) == std::vector<std::string>{"n1", "n2", "n3", "n4"});
  CHECK(run_program(system, "cluster status").json()["guaranteed_peers"] == 2);
  CHECK(eventually([&] { return member_partitions(system, "n4")["takes_part"] == true; }, 30s));
  writes_go_on(writers);

  must_run(system, "cluster remove n1 --wait 2m");
  must_run(system, "cluster remove n1"); // again: nothing to do
  CHECK(members_of(system) == std::vector<std::string>{"n2", "n3", "n4"});
  CHECK(eventually(
      [&] {
        const json said = member_partitions(system, "n1");
        return said["takes_part"] == false && said["partitions"][0]["stage"] == "removed" &&
               said["partitions"][1]["stage"] == "removed";
      },
      30s));
  writes_go_on(writers);

  system.kill(1);
  system.wipe(1);
  writes_go_on(writers);
  const int fifth = system.add_node();
  REQUIRE(answers(system, "n5"));
  must_run(system, "cluster add n5 --wait 2m");
  must_run(system, "cluster remove n2 --wait 2m");
  CHECK(members_of(system) == std::vector<std::string>{"n3", "n4", "n5"});
  writes_go_on(writers);

  // The new ones carry it: the last of the first three goes as well.
  must_run(system, "cluster remove n3 --wait 2m");
  CHECK(members_of(system) == std::vector<std::string>{"n4", "n5"});
  writes_go_on(writers);

  const auto done = writers.stop();
  CHECK(done.failed == 0);
  CHECK(done.acknowledged > 100);
  writers.check(system);
  CHECK(system.chains_agree({3, fifth}) == "");
}

TEST_CASE(
    "members that were added are counted after a restart of all, although the cluster's file does not name them") {
  cluster_system system({.nodes = 2, .partitions = 1});
  const int third = system.add_node();
  REQUIRE(answers(system, "n3"));
  must_run(system, "cluster add n3 --wait 2m");
  REQUIRE(system.thread("t", "create").code == 200);
  for (int i = 0; i < 3; ++i) CHECK(system.node(i).stop() == 0);
  system.start(1);
  system.start(third); // two of three: enough to go on without n1
  CHECK(eventually([&] { return system.thread("t", "append", user_message("after"), "k").code == 200; }, 60s));
  CHECK(member_partitions(system, "n3")["partitions"][0]["members"] == json({"n1", "n2", "n3"}));
  CHECK(system.log(third).find("write them into it") != std::string::npos);
  system.start(0);
  CHECK(system.chains_agree() == "");
}

TEST_CASE("a node that was alone becomes a cluster of one and grows, without a stop, and lives on in the others") {
  cluster_system system({.nodes = 1, .partitions = 16, .alone_first = true});
  CHECK(system.thread("before", "messages").body["messages"].size() == 1);
  system.add_node();
  system.add_node();
  REQUIRE(answers(system, "n2"));
  REQUIRE(answers(system, "n3"));
  must_run(system, "cluster add n2 --wait 2m");
  CHECK(run_program(system, "cluster status").json()["guaranteed_peers"] == 1);
  must_run(system, "cluster add n3 --wait 2m");
  REQUIRE(system.thread("before", "append", user_message("together")).code == 200);
  system.kill(0);
  CHECK(eventually([&] { return system.thread("before", "append", user_message("still"), "k").code == 200; }, 60s));
  CHECK(system.thread("before", "messages").body["messages"].size() == 3);

  // With nothing on its disk, and a file that still names it alone, it would be a cluster of its own: it does not begin one.
  system.wipe(0);
  system.start(0);
  REQUIRE(eventually([&] { return system.log(0).find("would begin alone") != std::string::npos; }, 60s));
  CHECK(eventually([&] { return system.thread("before", "append", user_message("they go on"), "k2").code == 200; }, 60s));
  for (const json& p : member_partitions(system, "n1")["partitions"]) {
    CHECK(p["serving"] == false);
    CHECK(p["head"] == 0);
  }
  CHECK(system.node(0).stop() == 0);
  system.name_members(3);
  system.start(0);
  CHECK(system.chains_agree() == "");
  for (int i = 0; i < 3; ++i) system.start(i);
  REQUIRE(system.wait_serving());
  CHECK(system.thread("before", "messages").body["messages"].size() == 4);
}

TEST_CASE("members stop before a record that only a newer program knows, and their disks are as they were") {
  cluster_system system({.nodes = 2, .partitions = 1});
  REQUIRE(system.thread("t", "create").code == 200);
  const std::uint64_t generation = member_partitions(system, "n1")["partitions"][0]["generation"];
  const auto subject = transport::stream_names("rw", "test").subject({partition_id{0}, generation});
  REQUIRE(system.client().publish(
      subject, sealed_as_member(system, "record test 0 " + std::to_string(generation), "RWR\x02 of a format to come")));
  const auto stopped = [&](int i) { return eventually([&] { return !system.node(i).running(); }, 60s); };
  const auto told = [&](int i) {
    return system.log(i).find("start this node with the newer program") != std::string::npos &&
           system.log(i).find("format 2") != std::string::npos;
  };
  REQUIRE(eventually([&] { return !system.node(0).running() || !system.node(1).running(); }, 60s));
  const int first = system.node(0).running() ? 1 : 0;
  CHECK(told(first));
  const std::string before = system.log(first);
  system.start(first); // and each time again
  CHECK(stopped(first));
  CHECK(system.log(first).size() > before.size());
  for (int i = 0; i < 2; ++i) {
    system.kill(i);
    auto reader = storage::journal_reader::open(system.data(i) + "/journal.db");
    REQUIRE(reader);
    const auto report = reader->verify_chain();
    REQUIRE(report);
    CHECK_FALSE(report->first_bad);
    CHECK(report->heads[0].index > 0);
  }
}

TEST_CASE("what cannot be done says why and what to do") {
  cluster_system system({.nodes = 2, .partitions = 1});
  const program_result nobody = run_program(system, "cluster add n9");
  CHECK(nobody.code == 6);
  CHECK(nobody.trouble.find("start it first") != std::string::npos);
  const program_result bad = run_program(system, "cluster add n1 --guaranteed-peers 7");
  CHECK(bad.code == 8);
  system.kill(1);
  // Of two members neither goes on alone: who is gone must come back before it can be removed.
  const program_result stuck = run_program(system, "cluster remove n2 --wait 3s");
  CHECK(stuck.code == 6);
  CHECK(stuck.trouble.find("partition 0") != std::string::npos);
  // Without the cluster's file it would go on by itself.
  child_process alone({test_system::binary(), "node", "--nats", system.nats().url(), "--data", system.data(1), "--name", "n2",
                       "--keyring", system.scratch() / "keys.json"},
                      system.scratch() / "alone.log");
  CHECK(alone.wait(20s) == 4);
  CHECK(read_file(system.scratch() / "alone.log").find("start it with the cluster's file") != std::string::npos);
  system.start(1);
  must_run(system, "cluster remove n2 --wait 2m");
  must_run(system, "cluster add n2 --wait 2m");
  // It was drained when it was removed; it is a member as any other now.
  CHECK(eventually(
      [&] {
        const json members = run_program(system, "cluster members").json().value("members", json::array());
        return std::any_of(members.begin(), members.end(),
                           [](const json& m) { return m["member"] == "n2" && m.value("resting", true) == false; });
      },
      30s));
  CHECK(system.chains_agree() == "");
}
