// `ropewalk doctor` against real servers that are well, ill or gone.

#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/support/program.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// The finding of a check, the worst one where there are several; null if there is none.
json finding(const program_result& r, const std::string& check) {
  json worst;
  for (const json& f : r.json().value("findings", json::array()))
    if (f["check"] == check && (worst.is_null() || f["level"] == "problem")) worst = f;
  return worst;
}

} // namespace

TEST_CASE("the doctor finds nothing where nothing is wrong, and says what to do where something is") {
  test_system s;
  const std::string with_data = "doctor --data " + s.data();
  const auto well = run_program(s, with_data);
  INFO(well.output);
  CHECK(well.code == 0);
  CHECK(well.json()["problems"] == 0);
  for (const char* check :
       {"nats", "jetstream", "tasks", "node", "views", "disk", "clock", "keyring", "checkpoints", "workflows"}) {
    INFO(check);
    CHECK(finding(well, check)["level"] == "ok");
  }

  const std::string keyring = s.data() + "/keyring.json";
  std::filesystem::permissions(keyring, std::filesystem::perms(0640));
  const auto open = run_program(s, with_data);
  CHECK(open.code == 1);
  CHECK(finding(open, "keyring")["next"] == "chmod 600 " + keyring);
  std::filesystem::permissions(keyring, std::filesystem::perms(0600));

  const auto ask = [&](const std::string& subject, const json& body) { return s.ask("rw.v1.acme." + subject, body); };
  REQUIRE(
      ask("workflows.define",
          {{"definition", {{"name", "fragile"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "300ms"}}}}}}})
          .code == 200);
  REQUIRE(s.ask("rw.node.test.fault", {{"points", "workflow.waking=throw"}}).code == 200);
  REQUIRE(ask("workflow.w.start", {{"definition", "fragile"}}).code == 200);
  const auto status = [&] {
    return ask("workflow.w.get", json::object()).body.value("/workflow/status"_json_pointer, "");
  };
  REQUIRE(eventually([&] { return status() == "crashed"; }, std::chrono::seconds(60)));
  const auto parked = run_program(s, "doctor");
  CHECK(parked.code == 1);
  CHECK(finding(parked, "workflows")["detail"] == "1 workflow of acme parked as crashed");

  REQUIRE(s.node().stop() == 0);
  const auto down = run_program(s, with_data);
  CHECK(down.code == 1);
  CHECK(finding(down, "node")["level"] == "problem");
  CHECK(finding(down, "keyring")["level"] == "ok"); // of the files
  CHECK(finding(down, "disk")["level"] == "ok");
  CHECK(run_program(s, "doctor --data " + s.scratch().path() + "/nosuch").code == 1);
}

TEST_CASE("the doctor tells a server without JetStream, and one that does not answer") {
  test_system s;
  REQUIRE(s.node().stop() == 0);
  s.nats().kill_now();
  CHECK(finding(run_program(s, "doctor"), "nats")["level"] == "problem");
  const int port = free_port();
  child_process plain({"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port)}, s.scratch() / "plain.log");
  const std::string url = "nats://127.0.0.1:" + std::to_string(port);
  program_result r;
  REQUIRE(eventually([&] {
    r = run_program(s, "doctor --url " + url);
    return finding(r, "nats")["level"] == "ok";
  }));
  CHECK(finding(r, "jetstream")["level"] == "warning");
  CHECK(finding(r, "jetstream")["next"] == "nats-server -js");
  CHECK(finding(r, "node")["level"] == "problem");
  CHECK(r.code == 1);
}
