// An instance that crashes whenever it is loaded cannot even record that: it rests, and operators are told.

#include <catch2/catch.hpp>

#include "tests/support/eventually.hpp"
#include "tests/support/program.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

TEST_CASE("what crashes whenever it is loaded is not started again without end, and the doctor tells of it") {
  test_system s;
  const json waits{{"name", "waits"}, {"phases", {{{"name", "for"}, {"run", "wait"}, {"signal", "go"}}}}};
  REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", waits}}).code == 200);
  REQUIRE(s.ask("rw.v1.acme.workflow.w.start", {{"definition", "waits"}}).code == 200);
  REQUIRE(s.node().stop() == 0);
  s.start_node();
  REQUIRE(s.ask("rw.node.test.fault", {{"points", "entity.loaded=throw"}}).code == 200);
  const auto get = [&] { return s.ask("rw.v1.acme.workflow.w.get", json::object(), {}, std::chrono::seconds(2)); };
  json down;
  REQUIRE(eventually(
      [&] {
        (void)get();
        const auto status = s.ask("rw.node.test.status", json::object());
        down = status.code == 200 ? status.body["down"] : json{};
        return down.value("count", 0) == 1;
      },
      std::chrono::seconds(30)));
  CHECK(down["entities"][0]["id"] == "w");
  CHECK(down["entities"][0]["how"] == "rests");
  CHECK(get().type() == "entity_crashed");
  const auto told = run_program(s, "doctor");
  CHECK(told.code == 1);
  CHECK(told.output.find("workflow w (acme) crashes again and again: failpoint entity.loaded") != std::string::npos);
  REQUIRE(s.ask("rw.node.test.fault", {{"points", ""}}).code == 200);
  REQUIRE(eventually([&] { return get().code == 200; }, std::chrono::seconds(90))); // by itself
  CHECK(s.ask("rw.node.test.status", json::object()).body["down"]["count"] == 0);
}
