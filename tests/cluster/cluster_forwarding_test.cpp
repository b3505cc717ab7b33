// Requests that reach a member which does not own what they are about.

#include <catch2/catch.hpp>

#include <set>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a thread whose id was left to the cluster is the one that the answer names, wherever it lives") {
  cluster_system system;
  std::set<std::string> ids;
  for (int i = 0; i < 24; ++i) {
    const auto made = system.threads("create", {{"name", "n" + std::to_string(i)}});
    REQUIRE(made.code == 200);
    const std::string id = made.body["thread"]["id"];
    CHECK(ids.insert(id).second);
    const auto there = system.thread(id, "get");
    CHECK(there.code == 200);
    CHECK(there.body["thread"]["name"] == "n" + std::to_string(i));
  }
}

TEST_CASE("who asks for what a dead member owns is answered, also while nobody can take over") {
  cluster_system system({.partitions = 1});
  REQUIRE(system.thread("t", "create").code == 200);
  int owner = -1;
  REQUIRE(eventually([&] {
    for (int i = 0; i < 3; ++i) {
      const auto said = system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", json::object());
      if (said.code == 200 && said.body["partitions"][0]["serving"]) owner = i;
    }
    return owner >= 0;
  }));
  for (int i = 0; i < 3; ++i)
    if (i != owner && i != (owner + 1) % 3) system.kill(i);
  system.kill(owner);
  const auto append = [&](const std::string& text) {
    return system.ask("rw.v1.acme.thread.t.append", user_message(text), {}, 20s);
  };
  const auto in_flight = append("one"); // on its way to who is dead
  CHECK((in_flight.code == 503 || in_flight.code == 504));
  REQUIRE(eventually([&] { return append("two").type() == "no_owner"; }));
  CHECK(system.ask("rw.v1.acme.thread.t.get", json::object(), {}, 20s).type() == "no_owner");
  system.start(owner);
  CHECK(eventually([&] { return system.thread("t", "append", user_message("three")).code == 200; }, 60s));
}

TEST_CASE("what only members write is refused where it is not what they write") {
  cluster_system system;
  const auto handed_on = [&](const std::string& subject, const std::string& how) {
    return system.ask("rw.at.n1." + subject, json::object(), {{"Rw-Handed-On", how}});
  };
  for (const char* how : {"", "x", "1", "1 2", "1 2 3", "1 2 3 x", "-", "99999999999999999999 1 1 0"})
    CHECK(handed_on("v1.acme.thread.t.get", how).code == 400);
  CHECK(system.ask("rw.at.n1.v1.acme.thread.t.get", json::object()).code == 400);
  // Operators' verbs are no requests of clients.
  CHECK(handed_on("node.n1.status", "1 2 3 0").code == 400);
  // Nor is what looks like it, and is signed by nobody.
  CHECK(handed_on("v1.acme.thread.t.get", "1 2 3 0").code == 400);
  CHECK(handed_on("v1.acme.thread.t.get", "1 2 3 0 " + std::string(80, '0')).code == 400);
}
