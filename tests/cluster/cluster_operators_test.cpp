// What operators of a cluster see and do, with the program and over the wire.

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <map>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/full_account.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::map<std::string, int> owned(const cluster_system& system) {
  std::map<std::string, int> count;
  const json all = run_program(system, "cluster partitions").json();
  if (!all.contains("partitions")) return count;
  for (const json& p : all["partitions"]) ++count[p["owner"].get<std::string>()];
  return count;
}

std::string owner_of(const cluster_system& system, int partition) {
  const json all = run_program(system, "cluster partitions").json();
  return all.contains("partitions")
             ? all["partitions"].at(static_cast<std::size_t>(partition))["owner"].get<std::string>()
             : std::string();
}

std::string another(const std::string& member) { return member == "n1" ? "n2" : "n1"; }

} // namespace

TEST_CASE("status tells who is missing and which partitions nobody owns, and its exit code says so") {
  cluster_system system;
  program_result whole = run_program(system, "cluster status");
  CAPTURE(whole.output, whole.trouble);
  CHECK(whole.code == 0);
  CHECK(whole.json()["cluster"] == "test");
  CHECK(whole.json()["partitions"] == 4);
  CHECK(whole.json()["missing"] == json::array());
  CHECK(whole.json()["without_owner"] == json::array());
  REQUIRE(whole.json()["members"].size() == 3);
  int serving = 0;
  const json members = whole.json()["members"];
  for (const json& m : members) {
    CHECK(m["answers"] == true);
    CHECK(m["without_standing"] == 0);
    serving += m["serving"].get<int>();
  }
  CHECK(serving == 4);

  system.kill(1);
  // The others own what it owned; that it is missing stays.
  REQUIRE(eventually([&] { return run_program(system, "cluster partitions").code == 0; }, 60s));
  const program_result two = run_program(system, "cluster status");
  CHECK(two.code == 6);
  CHECK(two.json()["missing"] == json::array({"n2"}));
  CHECK(run_program(system, "cluster members").code == 6);
  const program_result table = run_program(system, "cluster status -o table");
  CAPTURE(table.output);
  CHECK(table.output.find("3, 1 missing: n2") != std::string::npos);
  CHECK(owned(system)["n2"] == 0);

  // The last one cannot take over: two of three must know of it.
  const int second = owner_of(system, 0) == "n1" ? 0 : 2;
  system.kill(second);
  const auto orphans = [&] {
    return run_program(system, "cluster status").json().value("without_owner", json::array());
  };
  REQUIRE(eventually([&] { return orphans().size() > 0 && orphans()[0] == 0; }, 60s));
  CHECK(run_program(system, "cluster partitions").code == 6);
  CHECK(run_program(system, "cluster status").json()["missing"].size() == 2);

  system.start(1);
  system.start(second);
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
}

TEST_CASE("a partition is moved to the member that is named, and nothing acknowledged is lost") {
  cluster_system system;
  REQUIRE(system.thread("kept", "create").code == 200);
  REQUIRE(system.thread("kept", "append", user_message("before")).code == 200);
  const std::string from = owner_of(system, 2), to = another(from);
  REQUIRE(!from.empty());
  const program_result moved = run_program(system, "cluster move 2 " + to + " -o table");
  CAPTURE(moved.output, moved.trouble);
  CHECK(moved.code == 0);
  CHECK(moved.output == "partition 2 moves from " + from + " to " + to + "; see: ropewalk cluster partitions\n");
  REQUIRE(eventually([&] { return owner_of(system, 2) == to; }, 30s));
  REQUIRE(system.wait_serving());
  CHECK(system.thread("kept", "append", user_message("after")).code == 200);
  CHECK(system.thread("kept", "messages").body["messages"].size() == 2);
}

TEST_CASE("a move that cannot be is refused by field and rule") {
  cluster_system system;
  const std::string owner = owner_of(system, 1), other = another(owner);
  const auto ask = [&](const std::string& node, json body) { return system.ask("rw.node." + node + ".move", body); };
  const answer unknown = ask(owner, {{"partition", 1}, {"to", "n9"}});
  CHECK(unknown.code == 400);
  CHECK(unknown.body["field"] == "to");
  CHECK(unknown.body["detail"] == "\"n9\" is not a member of cluster \"test\"");
  const answer itself = ask(owner, {{"partition", 1}, {"to", owner}});
  CHECK(itself.code == 400);
  CHECK(itself.body["detail"] == "must be another member: \"" + owner + "\" is this one");
  const answer elsewhere = ask(other, {{"partition", 1}, {"to", owner}});
  CHECK(elsewhere.code == 409);
  CHECK(elsewhere.type() == "not_served_here");
  CHECK(elsewhere.body["field"] == "partition");
  const answer beyond = ask(owner, {{"partition", 4}, {"to", other}});
  CHECK(beyond.code == 400);
  CHECK(beyond.body["detail"] == "must be 0 to 3: the cluster has that many partitions");

  CHECK(run_program(system, "cluster move 4 n1").code == 8);
  CHECK(run_program(system, "cluster move 1 n9").code == 8);
  CHECK(run_program(system, "cluster drain n9").code == 3);
}

TEST_CASE("a drained member serves nothing, and the others have its partitions") {
  cluster_system system;
  const std::string victim = owner_of(system, 0);
  const program_result drained = run_program(system, "cluster drain " + victim);
  CAPTURE(drained.output, drained.trouble);
  CHECK(drained.code == 0);
  CHECK(drained.json()["left"] == 0);
  REQUIRE(eventually(
      [&] {
        auto count = owned(system);
        return count[victim] == 0 && count[""] == 0 && !count.empty();
      },
      30s));
  CHECK(run_program(system, "cluster status").code == 0);
  CHECK(run_program(system, "cluster drain " + victim + " -o table").output ==
        victim + " serves no partition, and is given none until it is started anew\n");
  // Nor is it given what the next one has.
  const std::string second = owner_of(system, 0);
  CHECK(run_program(system, "cluster drain " + second).code == 0);
  CHECK(eventually(
      [&] {
        auto count = owned(system);
        return count.size() == 1 && count[victim] == 0 && count[second] == 0 && count[""] == 0;
      },
      30s));
  // Where nobody else is left, who rests has them all the same: one member after the other can be drained.
  const std::string third = owner_of(system, 0);
  CHECK(run_program(system, "cluster drain " + third).code == 0);
  CHECK(eventually(
      [&] {
        auto count = owned(system);
        return count[third] == 0 && count[""] == 0 && count[victim] + count[second] == 4;
      },
      30s));
  for (const json& m : run_program(system, "cluster members").json()["members"]) CHECK(m["resting"] == true);
  const program_result members = run_program(system, "cluster members -o table");
  CAPTURE(members.output);
  CHECK(members.output.find("rests") != std::string::npos);
}

TEST_CASE("a member that does not answer is named by every verb that asks all nodes, and no exit code is 0") {
  cluster_system system;
  const auto rows = [](const program_result& r, const char* status) {
    const json nodes = r.json().value("nodes", json::array());
    std::string names;
    for (const json& n : nodes)
      if (n.value("status", "") == status) names += n["node"].get<std::string>() + ' ';
    return names;
  };
  CHECK(run_program(system, "health").code == 0);
  CHECK(run_program(system, "node status n2").json()["nodes"].size() == 1);
  system.node(1).signal(SIGSTOP);
  const program_result health = run_program(system, "health --timeout 1s");
  CAPTURE(health.output, health.trouble);
  CHECK(health.code == 6);
  CHECK(rows(health, "failed") == "n2 ");
  CHECK(rows(health, "ok") == "n1 n3 ");
  for (const char* verb : {"status", "node status"}) {
    const program_result status = run_program(system, std::string(verb) + " --timeout 1s");
    CHECK(status.code == 6);
    CHECK(status.json()["nodes"].size() == 3);
    CHECK(rows(status, "failed") == "n2 ");
  }
  const program_result quarantine = run_program(system, "quarantine list --timeout 1s -o table");
  CAPTURE(quarantine.output, quarantine.trouble);
  CHECK(quarantine.code == 6);
  CHECK(quarantine.output == "those that answer have no such entry; of the others it is not known\n");
  CHECK(quarantine.trouble.find("n2 says nothing") != std::string::npos);
  CHECK(rows(run_program(system, "quarantine list --timeout 1s"), "failed") == "n2 ");
  const program_result doctor = run_program(system, "doctor --timeout 1s -o table");
  CAPTURE(doctor.output);
  CHECK(doctor.code == 1);
  CHECK(doctor.output.find("problem: does not answer") != std::string::npos);
  system.node(1).signal(SIGCONT);
  REQUIRE(eventually([&] { return run_program(system, "health").code == 0; }, 30s));
}

TEST_CASE("a cluster whose JetStream is away says so, in its logs as well, until it is back") {
  cluster_system system({.lease = "3s", .ack = "local"});
  REQUIRE(system.thread("kept", "create").code == 200);
  const auto partition = system.thread("kept", "append", user_message("replicated")).body["receipt"]["partition"].get<int>();
  std::string beside; // of the same partition
  for (int n = 0; beside.empty() && n < 200; ++n) {
    const std::string id = "beside" + std::to_string(n);
    REQUIRE(system.thread(id, "create").code == 200);
    if (system.thread(id, "append", user_message("replicated")).body["receipt"]["partition"] == partition) beside = id;
  }
  REQUIRE_FALSE(beside.empty());
  REQUIRE(eventually([&] { return run_program(system, "cluster status").json().value("uncommitted", -1) == 0; }, 30s));
  system.nats()[0].kill();
  system.nats()[0].start(false);
  const auto append = [&] { return system.thread("kept", "append", user_message("on one disk"), "order-1").code == 200; };
  REQUIRE(eventually(append, 60s));
  const auto seen = [&](const std::string& node, const std::string& line) {
    return system.log(node[1] - '1').find(line) != std::string::npos;
  };
  const std::string silent = "a partition's stream does not answer", again = "a partition's stream answers again";
  // An owner that writes nothing asks as well. (Where one has handed its partition over meanwhile, nobody owns it.)
  REQUIRE(eventually(
      [&] {
        const json all = run_program(system, "cluster status").json();
        return all.value("standing_still", json::array()).size() + all.value("without_owner", json::array()).size() == 4;
      },
      60s));
  REQUIRE(eventually([&] { return seen(owner_of(system, partition), silent); }, 30s));
  const program_result status = run_program(system, "cluster status -o table");
  CAPTURE(status.output, status.trouble);
  CHECK(status.code == 6);
  CHECK(status.output.find("1 entry, nothing gets into the stream") != std::string::npos);
  const program_result partitions = run_program(system, "cluster partitions");
  CHECK(partitions.code == 6);
  const json mine = partitions.json()["partitions"].at(static_cast<std::size_t>(partition));
  CHECK(mine["uncommitted"] == 1);
  CHECK(mine["stream_silent_ms"].get<int>() >= 5000);
  CHECK(seen(mine["owner"], silent));
  CHECK_FALSE(seen(mine["owner"], again));
  // What is committed can be read, whatever waits beside it.
  CHECK(system.thread(beside, "get").code == 200);
  const auto listed = system.ask("rw.v1.acme.threads.list", {}, {}, 4s);
  CHECK(listed.code == 200);
  CHECK(listed.body["threads"].size() >= 2);
  const program_result doctor = run_program(system, "doctor -o table");
  CAPTURE(doctor.output);
  CHECK(doctor.code == 1);
  CHECK(doctor.output.find("problem: it is not enabled: nothing of the cluster is replicated, writes at `log` and `peers` are not "
                           "acknowledged") != std::string::npos);
  CHECK(doctor.output.find("problem: nothing gets into the stream") != std::string::npos);
  system.nats()[0].kill();
  system.nats()[0].start();
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
  CHECK(run_program(system, "cluster status").json()["uncommitted"] == 0);
  CHECK(seen(mine["owner"], again));
}

TEST_CASE("a cluster whose JetStream has no room says so, and goes on when it has") {
  const scratch_directory settings;
  cluster_system system({.partitions = 1, .ack = "local", .nats_arguments = {"-c", limited_account(settings)}});
  REQUIRE(system.thread("kept", "create").code == 200);
  full_account full(system.nats());
  // What all members have is trimmed, which makes a little room again.
  const auto append = [&](int n) {
    return system
        .ask("rw.v1.acme.thread.kept.append", user_message("on all"),
             {{"Rw-Idempotency-Key", "order-" + std::to_string(n)}, {"Rw-Ack", "log"}}, 30s)
        .code;
  };
  CHECK(system.thread("kept", "append", user_message("on one disk"), "local").code == 200);
  int orders = 1, code = 0;
  while ((code = append(orders)) == 200 && orders < 20) ++orders, full.fill();
  CHECK(code == 504);
  const auto mine = [&] { return run_program(system, "cluster partitions").json()["partitions"].at(0); };
  json before;
  REQUIRE(eventually([&] { return (before = mine())["stream_silent_ms"].get<int>() >= 5000; }, 30s));
  CHECK(before["uncommitted"].get<int>() >= 1);
  const std::string owner = before["owner"], other = another(owner);
  const program_result moved = run_program(system, "cluster move 0 " + other);
  CAPTURE(moved.output, moved.trouble);
  CHECK(moved.code == 6);
  CHECK(system.log(owner[1] - '1').find("or takes nothing") != std::string::npos);

  // Whether the same owner goes on, or another one has to read on behind what is missing now.
  const bool owner_dies = GENERATE(false, true);
  CAPTURE(owner_dies);
  if (owner_dies) system.kill(owner[1] - '1');
  full.make_room();
  if (owner_dies) {
    REQUIRE(eventually([&] { return system.thread("kept", "get").code == 200; }, 60s));
    CHECK(system
              .ask("rw.v1.acme.thread.kept.append", user_message("of another owner"),
                   {{"Rw-Idempotency-Key", "of-another"}, {"Rw-Ack", "peers:1"}}, 30s)
              .code == 200);
    system.start(owner[1] - '1');
    REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
    CHECK(system.chains_agree() == "");
    return;
  }
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
  CHECK(mine()["stream_silent_ms"] == 0);
  CHECK(append(orders) == 200);
  CHECK(system.thread("kept", "messages").body["messages"].size() == static_cast<std::size_t>(orders) + 1);
  CHECK(system.chains_agree() == "");
}
