// Repeats of requests with an idempotency key: how durable the first one is by then, and never less than what is asked for.

#include <catch2/catch.hpp>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

answer keyed_append(cluster_system& system, const std::string& id, const std::string& level,
                    std::chrono::milliseconds patience = 10s) {
  return system.ask("rw.v1.acme.thread." + id + ".append", user_message("once"),
                    {{"Rw-Idempotency-Key", "order-17"}, {"Rw-Ack", level}}, patience);
}

std::string level_of(const answer& a) {
  return a.code == 200 ? a.body["receipt"]["durability"].get<std::string>() : "refused: " + a.body.dump();
}

} // namespace

TEST_CASE("a repeat's receipt says the level that was reached, which is never below the one asked for") {
  cluster_system system;
  for (const std::string first : {"local", "log", "peers:1"}) {
    const std::string id = "t-" + first.substr(0, first.find(':'));
    REQUIRE(system.thread(id, "create").code == 200);
    const auto made = keyed_append(system, id, first);
    CHECK(level_of(made) == first.substr(0, first.find(':')));
    for (const std::string again : {"local", "log", "peers:1"}) {
      const auto repeat = keyed_append(system, id, again);
      INFO(first << " then " << again << ": " << repeat.body.dump());
      REQUIRE(repeat.code == 200);
      CHECK(repeat.body["replayed"] == true);
      CHECK(repeat.body["receipt"]["index"] == made.body["receipt"]["index"]);
      CHECK(level_of(repeat) == (again == "peers:1" ? "peers" : "log"));
    }
  }
}

TEST_CASE("a repeat that asks for peers is not answered before they have what the first one left to its owner") {
  cluster_system system;
  REQUIRE(system.thread("t", "create").code == 200);
  const int partition = system.thread("t", "append", user_message("x")).body["receipt"]["partition"];
  int owner = -1;
  REQUIRE(eventually(
      [&] {
        for (int n = 0; n < system.nodes(); ++n) {
          const auto a = system.ask("rw.node.n" + std::to_string(n + 1) + ".partitions", json::object());
          if (a.code == 200 && a.body["partitions"].at(static_cast<std::size_t>(partition))["serving"] == true)
            owner = n;
        }
        return owner >= 0;
      },
      20s));
  for (int n = 0; n < system.nodes(); ++n)
    if (n != owner) system.kill(n);
  REQUIRE(level_of(keyed_append(system, "t", "local")) == "local");
  for (const char* level : {"peers:1", "log", "local"}) {
    const auto early = keyed_append(system, "t", level, 2s);
    INFO(level << ": " << early.body.dump());
    CHECK(early.code != 200);
  }
  for (int n = 0; n < system.nodes(); ++n)
    if (n != owner) system.start(n);
  answer repeat;
  CHECK(eventually([&] { return (repeat = keyed_append(system, "t", "peers:1", 5s)).code == 200; }, 60s));
  CHECK(level_of(repeat) == "peers");
  CHECK(repeat.body["replayed"] == true);
  answer read; // the partition may be on its way to another member
  REQUIRE(eventually([&] { return (read = system.thread("t", "get")).code == 200; }, 60s));
  CHECK(read.body["thread"]["message_count"] == 2);
}
