// Checkpoints that somebody changed in the file are refused; an older one and the journal stand in, and operators see it.

#include <catch2/catch.hpp>

#include <filesystem>

#include "storage/sealing/keyring_file.hpp"
#include "tests/storage/tamper.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

answer checked_workflow(test_system& s, const std::string& id, const std::string& verb,
                        const json& body = json::object()) {
  return s.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(20));
}

void signal(test_system& s, const std::string& id, const std::string& name, int value) {
  REQUIRE(checked_workflow(s, id, "signal", {{"name", name}, {"payload", {{"value", value}}}}).code == 200);
}

json four_signals() {
  json phases = json::array();
  for (const char* name : {"one", "two", "three", "four"})
    phases.push_back({{"name", name}, {"run", "wait"}, {"signal", name}, {"result", std::string("/") + name}});
  return {{"name", "patient"}, {"phases", phases}};
}

// What must be the same whatever it was loaded from.
json shown_instance(test_system& s, const std::string& id) {
  const auto got = checked_workflow(s, id, "get", {{"state", true}});
  REQUIRE(got.code == 200);
  return got.body;
}

// The newest of w: its fourth row goes by its id.
constexpr const char* newest = "(SELECT max(version) FROM checkpoints WHERE entity = 'w')";

std::string journal_of(const test_system& s) { return s.data() + "/journal.db"; }

} // namespace

TEST_CASE("a checkpoint that does not verify is refused, an older one and the journal stand in, and it is shown") {
  test_system s;
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", four_signals()}}).code == 200);
  for (const char* id : {"w", "v"}) {
    REQUIRE(checked_workflow(s, id, "start", {{"definition", "patient"}}).code == 200);
    signal(s, id, "one", 1);
  }
  std::string reason;
  int refused = 1;
  const std::string at_newest = std::string(" WHERE entity = 'w' AND version = ") + newest;
  const auto change = [&](const std::string& sql) {
    signal(s, "w", "two", 2);
    signal(s, "v", "two", 3);
    REQUIRE(s.node().stop() == 0);
    tamper(journal_of(s), sql);
  };
  SECTION("a byte of it was changed") {
    change(
        "UPDATE checkpoints SET sealed = CAST(substr(sealed, 1, length(sealed) - 8) || x'0000000000000000' AS BLOB)" +
        at_newest);
    reason = "seal_forged";
  }
  SECTION("it was cut off") {
    change("UPDATE checkpoints SET sealed = substr(sealed, 1, length(sealed) - 5)" + at_newest);
    reason = "seal_truncated";
  }
  SECTION("it is another workflow's") {
    change("UPDATE checkpoints SET sealed = (SELECT sealed FROM checkpoints c WHERE c.entity = 'v' AND c.version ="
           " checkpoints.version)" +
           at_newest);
    reason = "seal_wrong_place";
  }
  SECTION("it is the one before, so that what came since would be forgotten") {
    change("UPDATE checkpoints SET sealed = (SELECT sealed FROM checkpoints c WHERE c.entity = 'w' AND c.version <"
           " checkpoints.version ORDER BY version DESC LIMIT 1)" +
           at_newest);
    reason = "seal_wrong_place";
  }
  SECTION("it is of another past of the same workflow") {
    REQUIRE(s.node().stop() == 0);
    const std::string other = s.scratch() / "other";
    std::filesystem::copy(s.data(), other, std::filesystem::copy_options::recursive);
    s.start_node();
    signal(s, "w", "two", 22); // in the past that is thrown away
    REQUIRE(s.node().stop() == 0);
    const std::string thrown_away = s.scratch() / "thrown_away";
    std::filesystem::rename(s.data(), thrown_away);
    std::filesystem::rename(other, s.data());
    s.start_node();
    change("ATTACH '" + thrown_away +
           "/journal.db' AS o; UPDATE checkpoints SET (id, parent, phase, reason, time_us,"
           " raw_bytes, sealed) = (SELECT id, parent, phase, reason, time_us, raw_bytes, sealed FROM o.checkpoints c"
           " WHERE c.entity = 'w' AND c.version = checkpoints.version)" +
           at_newest);
    reason = "checkpoint_rolled_back";
  }
  SECTION("all keys are others") {
    change("");
    const std::string file = s.data() + "/keyring.json";
    std::filesystem::remove(file);
    REQUIRE(storage::create_keyring(file, instant{1'769'850'300'000'000}));
    reason = "seal_unknown_key";
    refused = 3;
  }
  const auto listed = [&] {
    auto inbox = s.client().open_inbox("rw.v1.acme.event.workflow.w");
    REQUIRE(inbox);
    REQUIRE(s.client().flush(std::chrono::seconds(5)));
    return *std::move(inbox);
  };
  const auto events = listed();
  s.start_node();
  const json after = shown_instance(s, "w");
  INFO(after.dump(2));
  CHECK(after["state"] == json{{"one", {{"value", 1}}}, {"two", {{"value", 2}}}});
  CHECK(after["workflow"]["runs"].size() == 1);
  CHECK(after["workflow"]["runs"][0]["phase"] == "three");
  const auto told = events->next(std::chrono::seconds(10));
  REQUIRE(told);
  const json event = json::parse(told->body());
  CHECK(event["type"] == "checkpoint_refused");
  CHECK(event["workflow"] == "w");
  CHECK(event["reason"] == reason);

  const auto refusals = s.ask("rw.node.test.refused_checkpoints", {});
  REQUIRE(refusals.code == 200);
  int of_w = 0;
  for (const auto& c : refusals.body["checkpoints"]) {
    CHECK(c["reason"] == reason);
    of_w += c["workflow"] == "w" ? 1 : 0;
  }
  CHECK(of_w == refused);
  CHECK(s.ask("rw.node.test.status", {}).body["refused_checkpoints"] == refusals.body["count"]);
  const auto ill = run_program(s, "doctor");
  CHECK(ill.code == 1);
  const std::string named = refused == 1 ? event["checkpoint"].get<std::string>() : "was refused"; // the last few alone
  CHECK(ill.output.find(named) != std::string::npos);
  // Each by itself as well: the checkpoint's own state, not one that others make.
  const json checkpoints = checked_workflow(s, "w", "checkpoints", {{"verify", true}}).body["checkpoints"];
  int not_verified = 0;
  for (const json& c : checkpoints) {
    INFO(c.dump());
    const auto own = checked_workflow(s, "w", "state", {{"checkpoint", c["id"]}});
    CHECK(c["verified"] == (own.code == 200));
    if (own.code == 200) CHECK(own.body["version"] == c["version"]);
    else CHECK(c["refused"] == own.type());
    not_verified += own.code == 200 ? 0 : 1;
  }
  CHECK(not_verified == refused);
  const auto judged = run_program(s, "checkpoint verify w --org acme -o table");
  INFO(judged.output);
  CHECK(judged.code == 7);
  CHECK(judged.output.find(reason) != std::string::npos);
  CHECK(run_program(s, "checkpoint verify v --org acme").code == (refused == 3 ? 7 : 0));
  const auto verified = run_program(s, "verify --data " + s.data());
  CHECK(verified.code == 7);
  const json report = verified.json()["checkpoints"];
  CHECK(report["bad"].get<int>() + report["unknown_key"].get<int>() >= refused);
  CHECK(report["refused"][0]["reason"] == reason);

  for (const char* name : {"three", "four"}) signal(s, "w", name, 5);
  const auto ended = checked_workflow(s, "w", "result", {{"wait_seconds", 15}});
  CHECK(ended.body["status"] == "completed");
  CHECK(ended.body["state"]["two"]["value"] == 2);
}
