// What is under way when an owner is killed goes on at the next one, and its clients and workers need not know: a task in a
// worker's hands with its steps, a signal that came early, a schedule, forks and what was deleted.

#include <catch2/catch.hpp>

#include <algorithm>

#include "runtime/instant.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/scheduled_instances.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

int member_in_charge(cluster_system& system) {
  for (int i = 0; i < system.nodes(); ++i) {
    const auto said = system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", json::object(), {}, 1s);
    if (said.code == 200 && said.body["partitions"][0]["serving"]) return i;
  }
  return -1;
}

// Kills the only partition's owner; returns when another one serves.
void kill_owner(cluster_system& system) {
  const int owner = member_in_charge(system);
  REQUIRE(owner >= 0);
  system.kill(owner);
  REQUIRE(eventually([&] { return member_in_charge(system) >= 0; }, 60s));
}

// As a client would: again while somebody says that it may be.
answer insist(cluster_system& system, const std::string& subject, const json& body, const std::string& key = {}) {
  std::map<std::string, std::string> headers;
  if (!key.empty()) headers["Rw-Idempotency-Key"] = key;
  answer said;
  eventually(
      [&] {
        said = system.ask("rw.v1.acme." + subject, body, headers, 2s);
        return said.code != 0 && said.code != 503 && said.code != 504;
      },
      60s);
  INFO(subject << ": " << said.code << ' ' << said.body.dump());
  return said;
}

void define_all(cluster_system& system) {
  const json task{{"name", "queued"},
                  {"phases",
                   {{{"name", "build"}, {"run", "task"}, {"queue", "builders"}, {"result", "/built"}},
                    {{"name", "gate"}, {"run", "wait"}, {"signal", "go"}, {"result", "/said"}}}}};
  const json brief{{"name", "brief"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}};
  for (const json& d : {task, brief}) REQUIRE(insist(system, "workflows.define", {{"definition", d}}).code == 200);
}

json pull_task(cluster_system& system) {
  const json consumer{
      {"stream_name", "RW_TASKS"},
      {"config",
       {{"durable_name", "builders"}, {"ack_policy", "explicit"}, {"filter_subject", "rw.v1.acme.task.builders"}}}};
  REQUIRE(eventually(
      [&] { return system.ask("$JS.API.CONSUMER.DURABLE.CREATE.RW_TASKS.builders", consumer).body.contains("name"); }));
  return system.ask("$JS.API.CONSUMER.MSG.NEXT.RW_TASKS.builders", 1).body;
}

} // namespace

TEST_CASE("a task, its steps and an early signal are found at the next owner, under the same token") {
  cluster_system system({.partitions = 1});
  define_all(system);
  REQUIRE(insist(system, "workflow.w.start", {{"definition", "queued"}}).code == 200);
  REQUIRE(insist(system, "workflow.w.signal", {{"name", "go"}, {"payload", "early"}}).code == 200);
  const json task = pull_task(system);
  INFO(task.dump());
  REQUIRE(task.value("phase", "") == "build");
  const auto with = [&](json body) {
    body["run"] = task["run"];
    body["token"] = task["token"];
    return body;
  };
  REQUIRE(insist(system, "workflow.w.step.begin", with({{"step", "pay"}})).body["recorded"] == false);
  REQUIRE(insist(system, "workflow.w.step.complete", with({{"step", "pay"}, {"result", 7}})).code == 200);
  kill_owner(system);
  const auto step = insist(system, "workflow.w.step.begin", with({{"step", "pay"}}));
  CHECK(step.body["recorded"] == true);
  CHECK(step.body["result"] == 7);
  const auto again = system.ask("$JS.API.CONSUMER.MSG.NEXT.RW_TASKS.builders", 1, {}, 2s).body;
  if (again.is_object() && again.contains("token")) CHECK(again["token"] == task["token"]);
  REQUIRE(insist(system, "workflow.w.complete", with({{"result", {{"image", "i:1"}}}})).code == 200);
  const auto ended = insist(system, "workflow.w.result", {{"wait_seconds", 10}});
  CHECK(ended.body["status"] == "completed");
  CHECK(ended.body["state"] == json{{"built", {{"image", "i:1"}}}, {"said", "early"}});
}

TEST_CASE("a schedule starts an instance at each of its times, once, whoever owns it then") {
  cluster_system system({.partitions = 1});
  define_all(system);
  const json every_second{{"name", "each"},
                          {"every", "1s"},
                          {"overlap", "allow_all"},
                          {"catch_up_window", "1m"},
                          {"workflow", {{"definition", "brief"}}}};
  const auto made = insist(system, "schedule.each.create", {{"schedule", every_second}}, "make");
  INFO(made.body.dump());
  REQUIRE(made.code == 200);
  const auto started = [&] { return instances_of(system, "each"); };
  REQUIRE(eventually([&] { return started().size() >= 2; }, 30s));
  kill_owner(system);
  const std::size_t before = started().size();
  REQUIRE(eventually([&] { return started().size() >= before + 2; }, 60s));
  REQUIRE(insist(system, "schedule.each.pause", {{"note", "enough"}}, "pause").code == 200);
  const json shown = insist(system, "schedule.each.get", json::object()).body["schedule"];
  CHECK(shown["skipped"] == 0);
  std::map<std::string, std::string> all; // each time has one, and is listed once
  REQUIRE(eventually(
      [&] {
        all = started();
        return shown["runs"] == all.size() &&
               std::all_of(all.begin(), all.end(), [](const auto& i) { return i.second == "completed"; });
      },
      30s));
  std::int64_t last = 0;
  for (const auto& [time, status] : all) {
    const std::int64_t at = parse_rfc3339(time)->us;
    if (last != 0) CHECK(at == last + 1'000'000);
    last = at;
  }
}

TEST_CASE("forks and deleted threads are as their clients were told, also at the next owner") {
  cluster_system system({.partitions = 4});
  for (const char* id : {"parent", "gone"})
    REQUIRE(insist(system, std::string("thread.") + id + ".create", json::object()).code == 200);
  for (int i = 0; i < 3; ++i) REQUIRE(insist(system, "thread.parent.append", user_message("m")).code == 200);
  for (int i = 0; i < 8; ++i)
    REQUIRE(insist(system, "thread.parent.fork", {{"thread", "fork" + std::to_string(i)}}, "fork" + std::to_string(i))
                .code == 200);
  REQUIRE(insist(system, "thread.gone.delete", json::object()).code == 200);
  system.kill(0);
  for (int i = 0; i < 8; ++i)
    CHECK(insist(system, "thread.fork" + std::to_string(i) + ".messages", json::object()).body["messages"].size() == 3);
  CHECK(insist(system, "thread.gone.get", json::object()).code == 404);
  CHECK(insist(system, "thread.never.get", json::object()).code == 404);
  system.start(0);
  REQUIRE(system.wait_serving());
  CHECK(system.chains_agree() == "");
}
