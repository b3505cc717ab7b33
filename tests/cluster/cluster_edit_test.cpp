// Writes of several levels to one entity: those that wait for peers are on the disk already, and what follows builds on them.

#include <catch2/catch.hpp>

#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

struct edit_client : system_client {
  explicit edit_client(const std::string& url) { connect(url); }
};

int owner_of_the_partition(cluster_system& system) {
  for (int i = 0; i < system.nodes(); ++i) {
    const auto said = system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", json::object());
    if (said.code == 200 && said.body["partitions"][0]["serving"]) return i;
  }
  return -1;
}

} // namespace

TEST_CASE("edits of one message get one revision each, although some wait for peers and some do not") {
  cluster_system system({.partitions = 1});
  REQUIRE(system.thread("t", "create", {{"limits", {{"max_messages", 0}}}}).code == 200);
  REQUIRE(system.thread("t", "append", user_message("first")).code == 200);
  for (int batch = 0; batch < 8; ++batch) { // the first message is not in memory any more
    json messages = json::array();
    for (int i = 0; i < 250; ++i) messages.push_back(user_message("filler"));
    REQUIRE(system.thread("t", "append_batch", {{"messages", messages}}).code == 200);
  }
  const int owner = owner_of_the_partition(system);
  REQUIRE(owner >= 0);
  for (int i = 0; i < system.nodes(); ++i) // peers are slow
    if (i != owner)
      REQUIRE(system.ask("rw.node.n" + std::to_string(i + 1) + ".fault", {{"points", "journal.before_commit=sleep:40"}})
                  .code == 200);
  constexpr int editors = 8, edits = 15;
  std::mutex mutex;
  std::multiset<int> revisions;
  std::vector<std::thread> running;
  for (int e = 0; e < editors; ++e)
    running.emplace_back([&, e] {
      edit_client client(system.url());
      for (int n = 0; n < edits; ++n) {
        const std::string content = std::to_string(e) + "-" + std::to_string(n);
        const char* level = e % 2 == 0 ? "peers:1" : "local";
        answer said;
        eventually(
            [&] {
              said = client.ask("rw.v1.acme.thread.t.edit", {{"seq", 1}, {"content", content}},
                                {{"Rw-Idempotency-Key", content}, {"Rw-Ack", level}});
              return said.code == 200;
            },
            60s);
        const std::scoped_lock lock(mutex);
        revisions.insert(said.body.value("revision", 0));
      }
    });
  for (auto& r : running) r.join();
  CHECK(revisions.size() == editors * edits);
  CHECK(std::set<int>(revisions.begin(), revisions.end()).size() == editors * edits);
  CHECK(system.thread("t", "messages", {{"limit", 1}}).body["messages"][0]["revision"] == editors * edits + 1);
}

TEST_CASE("an answer that is given again says the level that was asked for, and reached, this time") {
  cluster_system system({.partitions = 1});
  REQUIRE(system.thread("t", "create").code == 200);
  for (const char* level : {"local", "log", "peers"}) {
    const std::string asked = level == std::string("peers") ? "peers:1" : level;
    const auto said = system.ask("rw.v1.acme.thread.t.append", user_message("once"),
                                 {{"Rw-Idempotency-Key", "k"}, {"Rw-Ack", asked}});
    REQUIRE(said.code == 200);
    CHECK(said.body["receipt"]["durability"] == level);
  }
  CHECK(system.thread("t", "messages").body["count"] == 1);
}
