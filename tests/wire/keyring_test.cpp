// Keys change under a node that serves.

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <map>

#include "storage/checkpoint_store.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

constexpr int workflows = 6;
std::string id_of(int i) { return "w" + std::to_string(i); }

answer patient_workflow(test_system& s, int i, const std::string& verb, const json& body = json::object()) {
  return s.ask("rw.v1.acme.workflow." + id_of(i) + '.' + verb, body, {}, std::chrono::seconds(20));
}

json two_signals() {
  return {{"name", "patient"},
          {"phases",
           {{{"name", "first"}, {"run", "wait"}, {"signal", "one"}, {"result", "/first"}},
            {{"name", "second"}, {"run", "wait"}, {"signal", "two"}, {"result", "/second"}}}}};
}

json keyring_of(test_system& s) { return s.ask("rw.node.test.status", {}).body["keyring"]; }

// How many checkpoints each key sealed; all of them must verify.
std::map<std::string, int> sealed_by(const test_system& s) {
  const auto keys = storage::load_keyring(s.data() + "/keyring.json");
  REQUIRE(keys);
  auto store = storage::checkpoint_store::open(s.data() + "/journal.db");
  REQUIRE(store);
  std::map<std::string, int> count;
  for (int i = 0; i < workflows; ++i) {
    const auto page = store->list({"acme", entity_kind::workflow, id_of(i)}, 0, 100);
    REQUIRE(page);
    for (const storage::checkpoint_info& c : page->checkpoints) {
      const auto opened = store->load(*keys, c);
      REQUIRE(opened);
      ++count[opened->key];
    }
  }
  return count;
}

} // namespace

TEST_CASE("a key rotated while workflows run seals what comes, and what the old one sealed still verifies") {
  test_system s;
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", two_signals()}}).code == 200);
  for (int i = 0; i < workflows; ++i) REQUIRE(patient_workflow(s, i, "start", {{"definition", "patient"}}).code == 200);
  const std::string before = keyring_of(s)["active"];
  CHECK(sealed_by(s) == std::map<std::string, int>{{before, workflows}});

  const auto rotated = run_program(s, "keyring rotate --data " + s.data());
  REQUIRE(rotated.code == 0);
  const std::string after = rotated.json()["active"];
  CHECK(after != before);
  CHECK(rotated.json()["keys"][1]["state"] == "verify");
  for (const auto& key : rotated.json()["keys"]) CHECK(key.size() == 3); // id, state, created: no secret
  CHECK(keyring_of(s)["active"] == before);                              // until it is told
  const pid_t pid = s.node().pid();
  s.node().signal(SIGHUP);
  REQUIRE(eventually([&] { return keyring_of(s)["active"] == after; }));
  CHECK(s.node().pid() == pid);
  CHECK(s.node_log().find(after) != std::string::npos);

  for (int i = 0; i < workflows; ++i)
    REQUIRE(patient_workflow(s, i, "signal", {{"name", "one"}, {"payload", {{"i", i}}}}).code == 200);
  CHECK(sealed_by(s) == std::map<std::string, int>{{before, workflows}, {after, workflows}});
  s.node().kill_now();
  s.start_node();
  for (int i = 0; i < workflows; ++i) {
    REQUIRE(patient_workflow(s, i, "signal", {{"name", "two"}}).code == 200);
    const auto ended = patient_workflow(s, i, "result", {{"wait_seconds", 15}});
    CHECK(ended.body["status"] == "completed");
    CHECK(ended.body["state"]["first"]["i"] == i);
  }
  CHECK(s.ask("rw.node.test.status", {}).body["refused_checkpoints"] == 0);
  const auto verified = run_program(s, "verify --data " + s.data());
  CHECK(verified.code == 0);
  CHECK(verified.json()["checkpoints"]["good"] == 2 * workflows);
  CHECK(verified.json()["checkpoints"]["seals_checked"] == true);

  // A key that is revoked takes its checkpoints with it; the journal has all that they knew.
  REQUIRE(run_program(s, "keyring revoke " + before + " --data " + s.data()).code == 2);    // nobody can be asked
  CHECK(run_program(s, "keyring revoke " + after + " --yes --data " + s.data()).code == 4); // the active one
  CHECK(run_program(s, "keyring revoke " + before + " --dry-run --data " + s.data()).code == 0);
  CHECK(run_program(s, "verify --data " + s.data()).code == 0);
  REQUIRE(run_program(s, "keyring revoke " + before + " --yes --data " + s.data()).code == 0);
  const auto refused = run_program(s, "verify --data " + s.data());
  CHECK(refused.code == 7);
  CHECK(refused.json()["checkpoints"]["bad"] == workflows);
  CHECK(refused.json()["checkpoints"]["refused"][0]["reason"] == "seal_revoked_key");
}

TEST_CASE("a keyring that cannot be loaded again changes nothing, and is told until it can") {
  scratch_directory keys;
  const std::string file = keys / "keyring.json";
  const auto made = storage::create_keyring(file, instant{1'769'850'300'000'000});
  REQUIRE(made);
  test_system s({"--keyring", file});
  CHECK_FALSE(std::filesystem::exists(s.data() + "/keyring.json"));
  CHECK(keyring_of(s)["source"] == file);
  CHECK(keyring_of(s)["active"] == made->active().id);
  CHECK(keyring_of(s)["created"] == "2026-01-31T09:05:00.000000Z");

  REQUIRE(run_program(s, "keyring rotate --keyring " + file).code == 0);
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  s.node().signal(SIGHUP);
  REQUIRE(eventually([&] { return keyring_of(s).contains("failing"); }));
  CHECK(keyring_of(s)["active"] == made->active().id);
  CHECK(keyring_of(s)["failing"].get<std::string>().find("0600") != std::string::npos);
  const auto ill = run_program(s, "doctor");
  CHECK(ill.code == 1);
  CHECK(ill.output.find("could not be loaded again") != std::string::npos);

  std::filesystem::permissions(file, std::filesystem::perms(0600));
  s.node().signal(SIGHUP);
  REQUIRE(eventually([&] { return !keyring_of(s).contains("failing"); }));
  CHECK(keyring_of(s)["active"] != made->active().id);
  const auto well = run_program(s, "doctor");
  INFO(well.output);
  CHECK(well.code == 0);
  CHECK(well.json()["healthy"] == true);
  CHECK(s.node().stop() == 0);
}

TEST_CASE("a keyring comes from a descriptor as well, and leaves no file behind") {
  test_system s;
  scratch_directory keys;
  const std::string file = keys / "keyring.json";
  const auto made = storage::create_keyring(file, instant{1'769'850'300'000'000});
  REQUIRE(made);
  REQUIRE(s.node().stop() == 0);
  child_process node({"sh", "-c",
                      "exec '" + test_system::binary() + "' node --nats " + s.url() + " --data " + keys.path() +
                          "/data --name test --keyring fd:9 9<" + file},
                     keys / "node.log");
  REQUIRE(eventually([&] { return s.ask("rw.node.test.health", {}, {}, std::chrono::milliseconds(300)).code == 200; }));
  CHECK(keyring_of(s)["source"] == "fd:9");
  CHECK(keyring_of(s)["active"] == made->active().id);
  CHECK_FALSE(std::filesystem::exists(keys / "data/keyring.json"));
  CHECK(node.stop() == 0);
}

TEST_CASE("a node does not start without the keyring that sealed its checkpoints, until a new one is made on purpose") {
  test_system s;
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", two_signals()}}).code == 200);
  REQUIRE(patient_workflow(s, 0, "start", {{"definition", "patient"}}).code == 200);
  REQUIRE(s.node().stop() == 0);
  const std::string file = s.data() + "/keyring.json", kept = s.scratch() / "kept.json";
  std::filesystem::rename(file, kept);
  const std::string start = "node --nats " + s.url() + " --data " + s.data() + " --name test";
  const auto refused = run_program(s, start);
  CHECK(refused.code != 0);
  INFO(refused.trouble);
  CHECK(refused.trouble.find("keyring_lost") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(file));
  const auto told = run_program(s, "doctor --data " + s.data());
  CHECK(told.output.find("does not start without theirs") != std::string::npos);

  std::filesystem::copy_file(kept, file);
  s.start_node();
  CHECK(s.ask("rw.node.test.refused_checkpoints", {}).body["count"] == 0);
  REQUIRE(s.node().stop() == 0);
  std::filesystem::remove(file);
  REQUIRE(run_program(s, "keyring create --data " + s.data()).code == 0);
  s.start_node();
  CHECK(patient_workflow(s, 0, "get", json::object()).code == 200); // from the journal
  CHECK(s.node().stop() == 0);
}

TEST_CASE("how many checkpoints a workflow keeps is the operator's choice") {
  test_system s({"--checkpoints-kept", "2"});
  json phases = json::array();
  for (int i = 0; i < 20; ++i) phases.push_back({{"name", "p" + std::to_string(i)}, {"run", "wait"}, {"signal", "go"}});
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", {{"name", "long"}, {"phases", phases}}}}).code == 200);
  REQUIRE(patient_workflow(s, 0, "start", {{"definition", "long"}}).code == 200);
  for (int i = 0; i < 20; ++i) REQUIRE(patient_workflow(s, 0, "signal", {{"name", "go"}}).code == 200);
  CHECK(patient_workflow(s, 0, "result", {{"wait_seconds", 15}}).body["status"] == "completed");
  CHECK(patient_workflow(s, 0, "checkpoints").body["checkpoints"].size() < 20);
  CHECK(run_program(s, "node --data " + s.scratch().path() + "/x --checkpoints-kept 0").code == 2);
  CHECK(run_program(s, "node --data " + s.scratch().path() + "/x --checkpoints-age 4000d").code == 2);
}

TEST_CASE("checkpoints go by count and age though the node was killed, or the workflow makes none any more") {
  test_system s({"--checkpoints-kept", "5", "--checkpoints-age", "1s"});
  const json phases = json::array({{{"name", "p"}, {"run", "wait"}, {"signal", "go"}}});
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", {{"name", "long"}, {"phases", phases}}}}).code == 200);
  REQUIRE(patient_workflow(s, 0, "start", {{"definition", "long"}}).code == 200);
  const auto kept = [&] { return patient_workflow(s, 0, "checkpoints").body["checkpoints"].size(); };
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 12; ++i) REQUIRE(patient_workflow(s, 0, "checkpoint", {{"reason", "test"}}).code == 200);
    CHECK(kept() <= 16); // five, and what was made since
    s.node().kill_now();
    s.start_node();
  }
  CHECK(eventually([&] { return kept() == 1; }, std::chrono::seconds(20))); // all are old: the newest stays
}
