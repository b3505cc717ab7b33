// Reads that say that any member may answer them.

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/member_words.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string position_of(const answer& written) {
  const json& receipt = written.body.at("receipt");
  return std::to_string(receipt["partition"].get<int>()) + ':' + std::to_string(receipt["index"].get<std::uint64_t>());
}

std::string serving_member(cluster_system& system, int partition) {
  for (int i = 0; i < system.nodes(); ++i) {
    const auto a = system.ask("rw.node.n" + std::to_string(i + 1) + ".partitions", json::object(), {}, 2s);
    if (a.code != 200) continue;
    for (const json& p : a.body["partitions"])
      if (p["partition"] == partition && p["serving"] == true) return "n" + std::to_string(i + 1);
  }
  return {};
}

// Until each member has heard its owner since it has the write: before, it does not know how old it is.
bool all_know_their_age(cluster_system& system, const answer& written) {
  return eventually(
      [&] {
        for (int n = 0; n < system.nodes(); ++n) {
          const auto a = ask_member(system, n, "thread.t.get", json::object(), {{"Rw-Min-Position", position_of(written)}});
          if (a.code != 200) return false;
          const json& at = a.body["read_at"];
          if (at["member"] != "n" + std::to_string(n + 1) || !at["age_ms"].is_number()) return false;
        }
        return true;
      },
      20s);
}

} // namespace

TEST_CASE("each member answers a read that names the position of a write with that write in it") {
  cluster_system system;
  for (int t = 0; t < 8; ++t) {
    const std::string id = "ryw" + std::to_string(t);
    REQUIRE(system.thread(id, "create").code == 200);
    for (int i = 1; i <= 5; ++i) {
      const auto written = system.thread(id, "append", user_message("m" + std::to_string(i)));
      REQUIRE(written.code == 200);
      for (int n = 0; n < system.nodes(); ++n) {
        const auto read = ask_member(system, n, "thread." + id + ".messages", {{"limit", 100}},
                                 {{"Rw-Min-Position", position_of(written)}});
        INFO(read.body.dump());
        REQUIRE(read.code == 200);
        CHECK(read.body["messages"].size() == static_cast<std::size_t>(i));
        CHECK(read.body.at("read_at").contains("member"));
      }
    }
    const auto stale = ask_member(system, t % 3, "thread." + id + ".get", json::object(), {{"Rw-Read", "stale"}});
    REQUIRE(stale.code == 200);
    CHECK(stale.body["thread"]["id"] == id);
  }
}

TEST_CASE("a member that does not own a thread answers for itself, with its name, position and age") {
  cluster_system system;
  REQUIRE(system.thread("t", "create").code == 200);
  const auto written = system.thread("t", "append", user_message("x"));
  const int partition = written.body["receipt"]["partition"];
  const std::string owner = serving_member(system, partition);
  REQUIRE(owner != "");
  REQUIRE(all_know_their_age(system, written));
  std::set<std::string> who;
  for (int n = 0; n < system.nodes(); ++n) {
    for (const char* rest : {"thread.t.get", "thread.t.messages", "thread.t.window", "thread.t.export"}) {
      const auto read = ask_member(system, n, rest, json::object(), {{"Rw-Min-Position", position_of(written)}});
      INFO(rest << " at " << n << ": " << read.body.dump());
      REQUIRE(read.code == 200);
      const json& at = read.body.at("read_at");
      CHECK(at["member"] == "n" + std::to_string(n + 1));
      CHECK(at["position"].get<std::string>().starts_with(std::to_string(partition) + ':'));
      CHECK(at["age_ms"].is_number());
      who.insert(at["member"]);
      // Without the header nothing is said, whoever answers.
      CHECK_FALSE(ask_member(system, n, rest, json::object(), {}).body.contains("read_at"));
    }
  }
  CHECK(who.size() == 3);
  // What a replica cannot prove, and what it does not know, the owner answers.
  const int other = owner == "n1" ? 1 : 0;
  CHECK(ask_member(system, other, "thread.t.verify", json::object(), {{"Rw-Read", "stale"}}).code == 200);
  CHECK(ask_member(system, other, "thread.none.get", json::object(), {{"Rw-Read", "stale"}}).code == 404);
}

TEST_CASE("lists, counts and searches wait for the position of a write at whichever member") {
  cluster_system system;
  for (int i = 0; i < 6; ++i) {
    const std::string id = "listed" + std::to_string(i);
    const auto made = system.thread(id, "create", {{"user", "ann"}});
    REQUIRE(made.code == 200);
    const auto written = system.thread(id, "append", user_message("needle" + std::to_string(i)));
    for (int n = 0; n < system.nodes(); ++n) {
      const std::map<std::string, std::string> at{{"Rw-Min-Position", position_of(written)}};
      const auto count = ask_member(system, n, "threads.count", {{"user", "ann"}}, at);
      INFO(count.body.dump());
      REQUIRE(count.code == 200);
      CHECK(count.body["count"] == i + 1);
      CHECK(count.body["read_at"]["member"] == "n" + std::to_string(n + 1));
      const auto found = ask_member(system, n, "threads.search", {{"query", "needle" + std::to_string(i)}}, at);
      REQUIRE(found.code == 200);
      CHECK(found.body["hits"].size() == 1);
      // What one answer says can be asked of another member.
      const auto again = ask_member(system, (n + 1) % 3, "threads.list", {{"user", "ann"}},
                                {{"Rw-Min-Position", count.body["read_at"]["position"]}});
      REQUIRE(again.code == 200);
      CHECK(again.body["threads"].size() >= static_cast<std::size_t>(i + 1));
    }
  }
}

TEST_CASE("a position that nobody has reached is refused in a moment and may be asked for again") {
  cluster_system system;
  const auto made = system.thread("t", "create");
  const std::string partition = std::to_string(made.body["receipt"]["partition"].get<int>());
  for (int n = 0; n < system.nodes(); ++n)
    for (const char* rest : {"thread.t.get", "threads.list"}) {
      const auto read = ask_member(system, n, rest, json::object(), {{"Rw-Min-Position", partition + ":1000000"}});
      CHECK(read.code == 503);
      CHECK(read.type() == "position_not_reached");
      CHECK(read.body["field"] == "Rw-Min-Position");
      CHECK(read.body["retryable"] == true);
    }
}

TEST_CASE("headers of reads that say what cannot be are refused by name and rule") {
  cluster_system system;
  REQUIRE(system.thread("t", "create").code == 200);
  const auto refused = [&](const std::string& header, const std::string& value) {
    const auto a = system.ask("rw.v1.acme.thread.t.get", json::object(), {{header, value}});
    INFO(header << ": " << value);
    CHECK(a.code == 400);
    CHECK(a.body["field"] == header);
    return a.body["detail"].get<std::string>();
  };
  for (const char* text : {"x", "3", "1:", ":1", "1:2,", ",1:2", "1:2;2:3", "-1:2", "1:-2", "+1:2",
                           "1:99999999999999999999", "0x1:2", "1:2,,2:3"})
    CHECK(refused("Rw-Min-Position", text).find("<partition>:<index>") != std::string::npos);
  CHECK(refused("Rw-Min-Position", "4:1").find("0 to 3") != std::string::npos);
  CHECK(refused("Rw-Min-Position", "1:1,1:2").find("once") != std::string::npos);
  for (const char* text : {"", "Stale", "owner", "stale,stale"})
    CHECK(refused("Rw-Read", text).find("stale") != std::string::npos);
  for (const char* header : {"Rw-Read", "Rw-Min-Position"}) {
    const auto write = system.ask("rw.v1.acme.thread.t.append", user_message("x"), {{header, "stale"}});
    CHECK(write.code == 400);
    CHECK(write.body["field"] == header);
  }
}

TEST_CASE("stale reads go on where the owner is gone and nobody can take over, and say how old they are") {
  cluster_system system({.nodes = 3, .partitions = 2});
  REQUIRE(system.thread("t", "create").code == 200);
  const auto written = system.thread("t", "append", user_message("kept"));
  REQUIRE(written.code == 200);
  REQUIRE(all_know_their_age(system, written));
  const std::string owner = serving_member(system, written.body["receipt"]["partition"]);
  const int survivor = owner == "n1" ? 1 : 0;
  for (int n = 0; n < 3; ++n)
    if (n != survivor) system.kill(n);
  const auto read = [&] {
    return ask_member(system, survivor, "thread.t.messages", json::object(), {{"Rw-Read", "stale"}}, 3s);
  };
  std::int64_t first = -1;
  CHECK(eventually(
      [&] {
        const auto a = read();
        if (a.code != 200 || a.body["messages"].size() != 1 || a.body["read_at"]["age_ms"].is_null()) return false;
        const std::int64_t age = a.body["read_at"]["age_ms"];
        if (first < 0) first = age;
        return age > first; // it grows
      },
      30s));
}

TEST_CASE("whatever member answers while owners change, a reader never goes back behind the position it was given") {
  cluster_system system;
  REQUIRE(system.thread("t", "create").code == 200);
  std::atomic<bool> done{false};
  std::atomic<int> reads{0};
  std::string wrong;
  std::thread reader([&] {
    std::string position;
    std::size_t seen = 0;
    for (int n = 0; !done && wrong.empty(); n = (n + 1) % 3) {
      const auto a = ask_member(system, n, "thread.t.messages", {{"limit", 1000}},
                            position.empty() ? std::map<std::string, std::string>{{"Rw-Read", "stale"}}
                                             : std::map<std::string, std::string>{{"Rw-Min-Position", position}},
                            3s);
      if (a.code != 200) continue;
      ++reads;
      if (a.body["messages"].size() < seen) wrong = "saw " + std::to_string(seen) + " messages, then " + a.body.dump();
      seen = a.body["messages"].size();
      position = a.body["read_at"]["position"];
    }
  });
  int written = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i)
      if (system.thread("t", "append", user_message("m"), "k" + std::to_string(round * 100 + i)).code == 200) ++written;
    const std::string owner = serving_member(system, system.thread("t", "update", {{"name", "n" + std::to_string(round)}})
                                                   .body.value("receipt", json::object())
                                                   .value("partition", 0));
    if (owner.empty()) continue;
    const int at = owner[1] - '1';
    system.kill(at);
    system.start(at);
    REQUIRE(system.wait_serving());
  }
  done = true;
  reader.join();
  CHECK(wrong == "");
  CHECK(reads > 10);
  CHECK(written > 20);
}
