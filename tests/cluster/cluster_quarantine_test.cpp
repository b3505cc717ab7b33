// What the cluster went on without is visible, and can be offered to its thread again.

#include <catch2/catch.hpp>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* append_kept = "rw.v1.acme.thread.kept.append";

json partitions_of(const cluster_system& system) {
  return run_program(system, "cluster partitions").json().value("partitions", json::array());
}

// Appends that only their owner has: the others are down, and NATS loses its data before they come back.
int append_alone(cluster_system& system, std::unique_ptr<transport::nats_inbox>& news) {
  REQUIRE(system.thread("kept", "create").code == 200);
  const answer placed = system.thread("kept", "append", user_message("everybody has it"));
  REQUIRE(placed.code == 200);
  const auto partition = placed.body["receipt"]["partition"].get<std::size_t>();
  const std::string owner = partitions_of(system).at(partition)["owner"].get<std::string>();
  const int of = owner[1] - '1';
  for (int i = 0; i < system.nodes(); ++i)
    if (i != of) system.kill(i);
  REQUIRE(system.ask(append_kept, user_message("with a key"), {{"Rw-Ack", "local"}, {"Rw-Idempotency-Key", "order-17"}})
              .code == 200);
  REQUIRE(system.ask(append_kept, user_message("without"), {{"Rw-Ack", "log"}}).code == 200);
  REQUIRE(system.ask("rw.v1.acme.thread.kept.suspend", {{"reason", "audit"}}, {{"Rw-Ack", "local"}}).code == 200);
  // Its disk knows that they are in the stream.
  REQUIRE(eventually(
      [&] {
        const json p = system.ask("rw.node." + owner + ".partitions", json::object()).body["partitions"].at(partition);
        return p["durable"] == p["head"];
      },
      20s));
  system.kill(of);
  system.nats().kill_all();
  system.nats().wipe_stores();
  system.nats().start_all();
  for (int i = 0; i < system.nodes(); ++i)
    if (i != of) system.start(i);
  REQUIRE(eventually([&] { return run_program(system, "cluster partitions").code == 0; }, 60s));
  news = *system.client().open_inbox("rw.node." + owner + ".event.quarantine");
  REQUIRE(system.client().flush(5s));
  // It dies while its views are mended after the cut.
  system.start_to_fail(of, "views.before_repair_commit=kill");
  REQUIRE(eventually([&] { return !system.node(of).running(); }, 60s));
  system.start(of);
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
  return of;
}

} // namespace

TEST_CASE("what an owner alone had acknowledged is in quarantine, and offered again it is there once") {
  cluster_system system;
  std::unique_ptr<transport::nats_inbox> news;
  const int of = append_alone(system, news);
  const std::string node = "n" + std::to_string(of + 1);
  json listed;
  REQUIRE(eventually(
      [&] {
        listed = run_program(system, "quarantine list").json().value("entries", json::array());
        return listed.size() == 3;
      },
      60s));
  CAPTURE(listed.dump(1));
  CHECK(listed[0]["type"] == "appended");
  CHECK(listed[0]["node"] == node);
  CHECK(listed[0]["id"] == "kept");
  CHECK(listed[0]["state"] == "open");
  CHECK(listed[2]["type"] == "suspended");
  const std::string keyed = listed[0]["entry"], plain = listed[1]["entry"], suspended = listed[2]["entry"];
  // The alarm.
  REQUIRE(
      eventually([&] { return system.ask("rw.node." + node + ".status", json::object()).body["quarantined"] == 3; }));
  const program_result status = run_program(system, "cluster status -o table");
  CAPTURE(status.output);
  CHECK(status.output.find("3 to look at, 1 of them promised more than local, or not known what: ropewalk quarantine list") !=
        std::string::npos);
  const json levels = system.ask("rw.node." + node + ".status", json::object()).body["quarantine"];
  CHECK(levels == json{{"local", 2}, {"log", 1}, {"peers", 0}, {"unknown", 0}});
  for (const json& e : listed) CHECK(e["reached"] == "log");
  CHECK(listed[0]["promised"] == "local");
  CHECK(listed[1]["promised"] == "log");
  const auto told = news->next(10s);
  REQUIRE(told);
  const json event = json::parse(told->body());
  CHECK(event["type"] == "quarantined");
  CHECK(event["node"] == node);
  CHECK(event["entries"] == 3);
  CHECK(event["alarming"] == 1);
  CHECK(event["at_start"] == true); // the process that cut died before it could tell
  const program_result doctor = run_program(system, "doctor -o table");
  CHECK(doctor.output.find("that may have been acknowledged as more than local") != std::string::npos);

  const json shown = run_program(system, "quarantine show " + keyed).json();
  CHECK(shown["entry"]["body"]["message"]["content"] == "with a key");
  CHECK(shown["entry"]["idempotency"]["key"] == "order-17");

  const program_result offered = run_program(system, "quarantine offer " + keyed);
  CAPTURE(offered.output, offered.trouble);
  CHECK(offered.code == 0);
  // The client's own repeat is the same request.
  const answer repeat = system.thread("kept", "append", user_message("with a key"), "order-17");
  CHECK(repeat.code == 200);
  CHECK(repeat.body["replayed"] == true);
  CHECK(run_program(system, "quarantine offer " + plain).code == 0);
  const json messages = system.thread("kept", "messages").body["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[1]["content"] == "with a key");
  CHECK(messages[2]["content"] == "without");

  CHECK(run_program(system, "quarantine offer " + keyed).code == 4);
  const program_result other = run_program(system, "quarantine offer " + suspended);
  CHECK(other.code == 8);
  CHECK(other.trouble.find("only appends of threads can be offered again, not thread acme/kept suspended") !=
        std::string::npos);
  CHECK(run_program(system, "quarantine discard " + suspended + " --yes --reason 'not wanted'").code == 0);
  REQUIRE(
      eventually([&] { return system.ask("rw.node." + node + ".status", json::object()).body["quarantined"] == 0; }));
  CHECK(run_program(system, "quarantine list -o table").output == "nothing is in quarantine\n");
  const json all = run_program(system, "quarantine list --all").json()["entries"];
  REQUIRE(all.size() == 3);
  CHECK(all[0]["state"] == "offered");
  CHECK(all[2]["state"] == "discarded");
  CHECK(all[2]["reason"] == "not wanted");
}
