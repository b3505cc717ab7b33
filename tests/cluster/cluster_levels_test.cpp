// Receipts say at which level a write is safe: the one that was asked for, whichever way the request took.

#include <catch2/catch.hpp>

#include <map>
#include <string>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

std::string durability_of(const answer& a) {
  INFO(a.code << ' ' << a.body.dump());
  REQUIRE(a.code == 200);
  return a.body.at("receipt").at("durability");
}

const std::map<std::string, std::string> asked_for{{"local", "local"}, {"log", "log"}, {"peers", "peers:1"}};

std::string fork_at(cluster_system& system, const std::string& level) {
  return durability_of(
      system.ask("rw.v1.acme.thread.parent.fork", {{"thread", "fork-" + level}}, {{"Rw-Ack", asked_for.at(level)}}));
}

} // namespace

TEST_CASE("a fork is as safe as was asked for, and at least in the stream: its child stands there as well") {
  cluster_system system({.ack = "log"});
  REQUIRE(system.thread("parent", "create").code == 200);
  REQUIRE(system.thread("parent", "append", user_message("first")).code == 200);
  CHECK(fork_at(system, "local") == "log");
  CHECK(fork_at(system, "log") == "log");
  CHECK(fork_at(system, "peers") == "peers");
}

TEST_CASE("a branch and a replay for real are as safe as was asked for, on whichever member the new instance is") {
  cluster_system system({.partitions = 8, .ack = "log"});
  const json waits{{"name", "waits"}, {"phases", {{{"name", "for"}, {"run", "wait"}, {"signal", "go"}}}}};
  REQUIRE(system.ask("rw.v1.acme.workflows.define", {{"definition", waits}}).code == 200);
  const std::string subject = "rw.v1.acme.workflow.w.";
  REQUIRE(eventually([&] {
    return system.ask(subject + "start", {{"definition", "waits"}, {"if_absent", true}}).code == 200;
  }));
  for (const auto& [level, header] : asked_for)
    for (int n = 0; n < 4; ++n) {
      const std::string to = level + std::to_string(n);
      const auto branched = system.ask(subject + "branch", {{"to", "b-" + to}, {"version", 1}}, {{"Rw-Ack", header}});
      CHECK(durability_of(branched) == level);
      const auto replayed = system.ask(subject + "replay", {{"to", "r-" + to}, {"dry", false}}, {{"Rw-Ack", header}});
      CHECK(durability_of(replayed) == level);
    }
}
