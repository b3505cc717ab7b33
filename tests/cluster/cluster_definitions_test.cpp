// A definition that was acknowledged is there for whoever starts an instance, at whichever member.

#include <catch2/catch.hpp>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json waiting_definition(const std::string& name, const std::string& phase) {
  return {{"definition", {{"name", name}, {"phases", {{{"name", phase}, {"run", "wait"}, {"signal", "go"}}}}}}};
}

// Partitions move to the members that they prefer meanwhile; what says that nothing was done is asked again.
answer ask_an_owner(cluster_system& system, const std::string& subject, const json& body) {
  answer a;
  (void)eventually(
      [&] {
        a = system.ask("rw.v1.acme." + subject, body);
        return a.type() != "no_owner" && a.type() != "not_owner" && a.type() != "definitions_unreachable";
      },
      30s);
  return a;
}

answer started(cluster_system& system, const std::string& id, const std::string& name) {
  return ask_an_owner(system, "workflow." + id + ".start", {{"definition", name}});
}

} // namespace

TEST_CASE("what was just defined can be started at every member, in its newest version") {
  cluster_system system({.ack = "log"});
  for (int i = 0; i < 40; ++i) {
    const std::string name = "d" + std::to_string(i);
    for (int version = 1; version <= 2; ++version) {
      const auto made =
          ask_an_owner(system, "workflows.define", waiting_definition(name, "p" + std::to_string(version)));
      INFO(made.body.dump());
      REQUIRE(made.code == 200);
      for (int n = 0; n < 4; ++n) {
        const auto begun = started(system, name + "v" + std::to_string(version) + "n" + std::to_string(n), name);
        INFO(begun.body.dump());
        REQUIRE(begun.code == 200);
        CHECK(begun.body["workflow"]["definition"]["version"] == version);
      }
    }
  }
  CHECK(started(system, "none", "never-defined").code == 404);
}

TEST_CASE("while nobody owns the definitions a start may be tried again, and is not told that there is none") {
  cluster_system system({.nodes = 3, .partitions = 8});
  REQUIRE(ask_an_owner(system, "workflows.define", waiting_definition("d", "p")).code == 200);
  system.kill(0);
  for (int i = 0; i < 24; ++i) {
    const std::string id = "w" + std::to_string(i);
    CHECK(eventually(
        [&] {
          const auto begun = started(system, id, "d");
          INFO(begun.body.dump());
          CHECK(begun.code != 404);
          return begun.code == 200 || begun.code == 409;
        },
        60s));
  }
}
