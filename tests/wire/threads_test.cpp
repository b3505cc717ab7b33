// Threads over the wire, against a real node: each verb's promise as its users see it.

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// One node for all cases: each works in threads of its own.
test_system& threads_system() {
  static test_system system;
  return system;
}

std::vector<std::string> contents(const json& page) {
  std::vector<std::string> out;
  for (const auto& m : page.at("messages")) out.push_back(m.at("content"));
  return out;
}

} // namespace

TEST_CASE("a thread is created, got, updated and deleted") {
  auto& s = threads_system();
  const auto made =
      s.thread("life", "create", {{"name", "Life"}, {"user", "ann"}, {"tags", {"b", "a"}}, {"metadata", {{"k", 1}}}});
  REQUIRE(made.code == 200);
  CHECK(made.body["created"] == true);
  CHECK(made.body["receipt"]["durability"] == "local");
  CHECK(made.body["thread"]["tags"] == json({"a", "b"}));
  CHECK(s.thread("life", "create").code == 409);
  CHECK(s.thread("life", "create", {{"if_absent", true}}).body["created"] == false);

  const auto changed = s.thread("life", "update", {{"name", "Lives"}, {"limits", {{"max_messages", 5}}}});
  CHECK(changed.body["thread"]["name"] == "Lives");
  CHECK(changed.body["thread"]["limits"]["max_messages"] == 5);
  CHECK(s.thread("life", "get").body["thread"]["name"] == "Lives");
  CHECK(s.thread("life", "update", json::object()).code == 400);

  CHECK(s.thread("life", "append", user_message("x")).code == 200);
  CHECK(s.thread("life", "delete", {{"reason", "test"}}).body["messages"] == 1);
  CHECK(s.thread("life", "get").code == 404);
  CHECK(s.thread("life", "append", user_message("x")).type() == "thread_not_found");
}

TEST_CASE("an id is made where the client leaves it to the node, and the same one for the same key") {
  auto& s = threads_system();
  const auto made = s.threads("create", {{"name", "anonymous"}});
  REQUIRE(made.code == 200);
  const std::string id = made.body["thread"]["id"];
  CHECK(id.size() == 36);
  CHECK(s.thread(id, "get").code == 200);
  const auto first = s.ask("rw.v1.acme.threads.create", {{"name", "keyed"}}, {{"Rw-Idempotency-Key", "make-1"}});
  const auto again = s.ask("rw.v1.acme.threads.create", {{"name", "keyed"}}, {{"Rw-Idempotency-Key", "make-1"}});
  CHECK(again.body["replayed"] == true);
  CHECK(again.body["thread"] == first.body["thread"]);
  CHECK(again.body["receipt"] == first.body["receipt"]);
  CHECK(s.ask("rw.v1.acme.threads.create", {{"name", "other"}}, {{"Rw-Idempotency-Key", "make-1"}}).type() ==
        "idempotency_conflict");
}

TEST_CASE("appended messages are read back as they were said, in both orders and by pages") {
  auto& s = threads_system();
  s.thread("read", "create");
  for (int i = 1; i <= 10; ++i)
    CHECK(s.thread("read", "append", user_message("m" + std::to_string(i))).body["seq"] == i);
  CHECK(contents(s.thread("read", "messages", {{"limit", 3}}).body) == std::vector<std::string>{"m1", "m2", "m3"});
  CHECK(contents(s.thread("read", "messages", {{"limit", 2}, {"reverse", true}}).body) ==
        std::vector<std::string>{"m10", "m9"});
  CHECK(contents(s.thread("read", "messages", {{"limit", 2}, {"offset", 4}}).body) ==
        std::vector<std::string>{"m5", "m6"});
  CHECK(contents(s.thread("read", "messages", {{"after_seq", 8}}).body) == std::vector<std::string>{"m9", "m10"});
  CHECK(contents(s.thread("read", "messages", {{"before_seq", 3}}).body) == std::vector<std::string>{"m1", "m2"});
  std::vector<std::string> all;
  json ask{{"limit", 4}};
  while (true) {
    const auto page = s.thread("read", "messages", ask);
    REQUIRE(page.code == 200);
    for (const auto& c : contents(page.body)) all.push_back(c);
    if (!page.body.contains("next_cursor")) break;
    ask["cursor"] = page.body["next_cursor"];
  }
  CHECK(all.size() == 10);
  CHECK(all.back() == "m10");
}

TEST_CASE("pages that follow by cursor keep both bounds, in both directions") {
  auto& s = threads_system();
  s.thread("bounds", "create");
  for (int i = 1; i <= 8; ++i) s.thread("bounds", "append", user_message(std::to_string(i)));
  const auto seqs = [&](json ask) {
    std::vector<int> all;
    while (true) {
      const auto page = s.thread("bounds", "messages", ask);
      REQUIRE(page.code == 200);
      for (const auto& m : page.body["messages"]) all.push_back(m["seq"]);
      if (!page.body.contains("next_cursor")) return all;
      ask = {{"limit", 1}, {"cursor", page.body["next_cursor"]}};
    }
  };
  CHECK(seqs({{"before_seq", 3}, {"limit", 1}}) == std::vector{1, 2});
  CHECK(seqs({{"after_seq", 2}, {"before_seq", 6}, {"limit", 1}}) == std::vector{3, 4, 5});
  CHECK(seqs({{"after_seq", 2}, {"before_seq", 6}, {"limit", 1}, {"reverse", true}}) == std::vector{5, 4, 3});
  CHECK(seqs({{"after_seq", 5}, {"limit", 1}, {"reverse", true}}) == std::vector{8, 7, 6});
  CHECK(seqs({{"after_seq", 1}, {"before_seq", 8}, {"offset", 2}, {"limit", 2}}) == std::vector{4, 5, 6, 7});
  CHECK(s.thread("bounds", "messages", {{"cursor", "AWYAAAAAAAAAAg"}}).body["field"] == "cursor");
}

TEST_CASE("a repeat with the same key gives the first answer, also when other writes came between") {
  auto& s = threads_system();
  s.thread("idem", "create");
  const auto first = s.thread("idem", "append", user_message("once"), "k1");
  REQUIRE(first.code == 200);
  CHECK_FALSE(first.body.contains("replayed"));
  s.thread("idem", "append", user_message("two"));
  auto again = s.thread("idem", "append", user_message("once"), "k1");
  CHECK(again.body["replayed"] == true);
  again.body.erase("replayed");
  CHECK(again.body == first.body);
  CHECK(s.thread("idem", "append", user_message("other"), "k1").type() == "idempotency_conflict");
  CHECK(s.thread("idem", "get").body["thread"]["message_count"] == 2);
  for (const char* verb : {"suspend", "resume", "clear"}) {
    const auto one = s.thread("idem", verb, json::object(), std::string("k-") + verb);
    const auto two = s.thread("idem", verb, json::object(), std::string("k-") + verb);
    CHECK(one.code == 200);
    CHECK(two.body["replayed"] == true);
    CHECK(two.body["receipt"] == one.body["receipt"]);
  }
}

TEST_CASE("a batch is all or nothing") {
  auto& s = threads_system();
  s.thread("batch", "create");
  const auto ok = s.thread("batch", "append_batch", {{"messages", {user_message("a"), user_message("b")}}});
  REQUIRE(ok.code == 200);
  CHECK(ok.body["messages"].size() == 2);
  CHECK(ok.body["last_seq"] == 2);
  const auto bad =
      s.thread("batch", "append_batch", {{"messages", {user_message("c"), {{"role", "nobody"}, {"content", "d"}}}}});
  CHECK(bad.code == 400);
  CHECK(bad.body["field"] == "messages[1].role");
  CHECK(s.thread("batch", "get").body["thread"]["message_count"] == 2);
}

TEST_CASE("expected_seq lets only one of two writers win") {
  auto& s = threads_system();
  s.thread("cas", "create");
  json m = user_message("x");
  m["expected_seq"] = 0;
  CHECK(s.thread("cas", "append", m).code == 200);
  const auto lost = s.thread("cas", "append", m);
  CHECK(lost.code == 409);
  CHECK(lost.type() == "seq_mismatch");
  CHECK(lost.body["field"] == "expected_seq");
}

TEST_CASE("edit and remove change what is read, by seq and by id") {
  auto& s = threads_system();
  s.thread("edit", "create");
  const std::string id = s.thread("edit", "append", user_message("one")).body["id"];
  s.thread("edit", "append", user_message("two"));
  CHECK(s.thread("edit", "edit", {{"id", id}, {"content", "ONE"}, {"expected_revision", 1}}).body["revision"] == 2);
  CHECK(s.thread("edit", "edit", {{"id", id}, {"content", "?"}, {"expected_revision", 1}}).type() ==
        "revision_mismatch");
  CHECK(s.thread("edit", "remove", {{"seq", 2}}).body["removed"] == true);
  CHECK(s.thread("edit", "remove", {{"seq", 2}}).code == 404);
  CHECK(s.thread("edit", "edit", {{"id", "nope"}, {"content", "?"}}).code == 404);
  CHECK(contents(s.thread("edit", "messages").body) == std::vector<std::string>{"ONE"});
}

TEST_CASE("a message id chosen by the client is kept, found, and refused twice") {
  auto& s = threads_system();
  s.thread("own-id", "create");
  json m = user_message("mine");
  m["id"] = "my-id-1";
  CHECK(s.thread("own-id", "append", m).body["id"] == "my-id-1");
  CHECK(s.thread("own-id", "append", m).type() == "message_exists");
  CHECK(s.thread("own-id", "edit", {{"id", "my-id-1"}, {"content", "still mine"}}).code == 200);
}

TEST_CASE("a suspended thread refuses appends and can be read; a closed one stays closed") {
  auto& s = threads_system();
  s.thread("sus", "create");
  s.thread("sus", "append", user_message("a"));
  CHECK(s.thread("sus", "suspend", {{"reason", "audit"}}).body["thread"]["status"] == "suspended");
  const auto refused = s.thread("sus", "append", user_message("b"));
  CHECK(refused.type() == "thread_suspended");
  CHECK(refused.body["detail"].get<std::string>().find("audit") != std::string::npos);
  CHECK(s.thread("sus", "messages").body["count"] == 1);
  CHECK(s.thread("sus", "resume").body["thread"]["status"] == "active");
  CHECK(s.thread("sus", "append", user_message("b")).code == 200);
  CHECK(s.thread("sus", "close").body["thread"]["status"] == "closed");
  CHECK(s.thread("sus", "resume").type() == "thread_closed");
}

TEST_CASE("clear keeps the thread, and a limit trims the oldest but never the system message") {
  auto& s = threads_system();
  s.thread("trim", "create", {{"limits", {{"max_messages", 3}}}});
  s.thread("trim", "append", {{"role", "system"}, {"content", "rules"}});
  for (int i = 0; i < 5; ++i) s.thread("trim", "append", user_message("m" + std::to_string(i)));
  CHECK(contents(s.thread("trim", "messages").body) == std::vector<std::string>{"rules", "m3", "m4"});
  CHECK(s.thread("trim", "clear").body["cleared"] == 3);
  CHECK(s.thread("trim", "messages").body["count"] == 0);
  CHECK(s.thread("trim", "append", user_message("again")).body["seq"] == 7);
}

TEST_CASE("a fork shares its past with the parent and nothing after it") {
  auto& s = threads_system();
  s.thread("parent", "create", {{"name", "P"}});
  for (int i = 1; i <= 4; ++i) s.thread("parent", "append", user_message("p" + std::to_string(i)));
  const auto made = s.thread("parent", "fork", {{"seq", 3}, {"thread", "child"}}, "fork-1");
  REQUIRE(made.code == 200);
  CHECK(made.body["thread"]["id"] == "child");
  CHECK(made.body["thread"]["parent"]["seq"] == 3);
  CHECK(made.body["thread"]["message_count"] == 3);
  CHECK(s.thread("parent", "fork", {{"seq", 3}, {"thread", "child"}}, "fork-1").body["replayed"] == true);
  s.thread("parent", "edit", {{"seq", 1}, {"content", "changed"}});
  s.thread("parent", "append", user_message("p5"));
  s.thread("child", "append", user_message("c4"));
  CHECK(contents(s.thread("child", "messages").body) == std::vector<std::string>{"p1", "p2", "p3", "c4"});
  s.thread("child", "edit", {{"seq", 2}, {"content", "child's"}});
  s.thread("parent", "delete");
  CHECK(contents(s.thread("child", "messages").body) == std::vector<std::string>{"p1", "child's", "p3", "c4"});
  const auto grandchild = s.thread("child", "fork", {{"seq", 2}, {"thread", "grandchild"}});
  REQUIRE(grandchild.code == 200);
  s.thread("child", "delete");
  CHECK(contents(s.thread("grandchild", "messages").body) == std::vector<std::string>{"p1", "child's"});
  CHECK(s.thread("grandchild", "fork", {{"thread", "read"}}).type() == "thread_exists");
}

TEST_CASE("list, count and search see what was just written") {
  auto& s = threads_system();
  for (const char* id : {"l1", "l2", "l3"})
    s.ask("rw.v1.lister.thread." + std::string(id) + ".create", {{"user", "lu"}, {"tags", {id}}});
  s.ask("rw.v1.lister.thread.l2.append", user_message("the quick brown fox"));
  const auto list = s.ask("rw.v1.lister.threads.list", {{"user", "lu"}});
  REQUIRE(list.code == 200);
  REQUIRE(list.body["threads"].size() == 3);
  CHECK(list.body["threads"][0]["id"] == "l2"); // newest first
  CHECK(s.ask("rw.v1.lister.threads.list", {{"tag", "l1"}}).body["threads"].size() == 1);
  CHECK(s.ask("rw.v1.lister.threads.count", json::object()).body["count"] == 3);
  const auto found = s.ask("rw.v1.lister.threads.search", {{"query", "quick fox"}});
  REQUIRE(found.body["hits"].size() == 1);
  CHECK(found.body["hits"][0]["thread"] == "l2");
  CHECK(s.ask("rw.v1.other.threads.search", {{"query", "quick"}}).body["hits"].empty()); // I12
  CHECK(s.ask("rw.v1.other.threads.list", json::object()).body["threads"].empty());
  CHECK(s.ask("rw.v1.other.thread.l2.get", json::object()).code == 404);
}

TEST_CASE("export and import carry a thread over without loss") {
  auto& s = threads_system();
  s.thread("out", "create", {{"name", "Out"}, {"metadata", {{"deep", {1, 2.50, nullptr}}}}});
  s.thread(
      "out", "append",
      {{"role", "assistant"},
       {"content", nullptr},
       {"tool_calls", {{{"id", "c1"}, {"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}}}}});
  s.thread("out", "append", {{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "line\nbreak"}});
  const auto jsonl = s.thread("out", "export", {{"format", "jsonl"}});
  REQUIRE(jsonl.code == 200);
  const auto in = s.thread("in", "import", {{"format", "jsonl"}, {"data", jsonl.body["data"]}});
  REQUIRE(in.code == 200);
  CHECK(in.body["imported"] == 2);
  CHECK(in.body["created"] == true);
  CHECK(s.thread("in", "messages").body["messages"] == s.thread("out", "messages").body["messages"]);
  CHECK(s.thread("in", "get").body["thread"]["name"] == "Out");
  for (const char* format : {"openai", "markdown", "csv"})
    CHECK(s.thread("out", "export", {{"format", format}}).code == 200);
}

TEST_CASE("live events arrive after the commit, in order, without a gap in their versions") {
  auto& s = threads_system();
  auto inbox = s.client().open_inbox("rw.v1.acme.event.thread.live");
  REQUIRE(inbox);
  REQUIRE(s.client().flush(std::chrono::seconds(2)));
  s.thread("live", "create", {{"limits", {{"max_messages", 2}}}}, "key");
  for (const char* text : {"one", "\",\"seq\":9,", "three"}) s.thread("live", "append", user_message(text));
  s.thread("live", "fork", {{"thread", "live-fork"}});
  s.thread("live", "update", {{"limits", {{"max_messages", 1}}}});
  s.thread("live", "remove", {{"seq", 3}});
  std::vector<std::string> types;
  std::vector<json> appended;
  json fork;
  for (std::uint64_t version = 1; types.empty() || types.back() != "removed"; ++version) {
    const auto next = (*inbox)->next(std::chrono::seconds(5));
    REQUIRE(next);
    const json event = json::parse(next->body());
    CHECK(event["version"] == version);
    CHECK(event["thread"] == "live");
    types.push_back(event["type"]);
    if (types.back() == "appended") appended.push_back(event);
    if (types.back() == "noted") CHECK_FALSE(event.contains("reply"));
    if (types.back() == "forked") fork = event;
  }
  CHECK(std::count(types.begin(), types.end(), "noted") == 1);
  CHECK(std::count(types.begin(), types.end(), "fork_completed") == 1);
  CHECK(std::count(types.begin(), types.end(), "trimmed") == 1);
  CHECK(fork["child"] == "live-fork");
  CHECK(fork["seq"] == 3);
  CHECK_FALSE(fork.contains("header"));
  REQUIRE(appended.size() == 3);
  for (std::size_t i = 0; i < appended.size(); ++i) {
    CHECK(appended[i]["seq"] == i + 1);
    CHECK(appended[i]["message"]["seq"] == i + 1);
  }
  CHECK_FALSE(appended[1].contains("first_seq"));
  CHECK(appended[2]["first_seq"] == 2); // an append that trims
}

TEST_CASE("an inactive thread is deleted after its ttl, also when the node was down meanwhile") {
  test_system s;
  s.thread("short", "create", {{"limits", {{"ttl_seconds", 3}}}});
  s.thread("long", "create", {{"limits", {{"ttl_seconds", 3600}}}});
  CHECK(s.thread("short", "get").body["thread"].contains("expires_at"));
  CHECK(s.node().stop() == 0);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  s.start_node();
  CHECK(eventually([&] { return s.thread("short", "get").code == 404; }));
  CHECK(s.thread("long", "get").code == 200);
}

TEST_CASE("a user has at most so many threads, also when all are made at once") {
  test_system s({"--threads-per-user", "3"});
  for (int i = 0; i < 3; ++i) REQUIRE(s.threads("create", {{"user", "bob"}}).code == 200);
  const auto refused = s.threads("create", {{"user", "bob"}});
  CHECK(refused.code == 429);
  CHECK(refused.type() == "user_thread_limit");
  CHECK(s.threads("create", {{"user", "eve"}}).code == 200);
  CHECK(s.threads("create").code == 200);

  REQUIRE(s.thread("parent", "create", {{"user", "ann"}}).code == 200);
  REQUIRE(s.thread("parent", "append", user_message("x")).code == 200);
  std::atomic<int> made{1};
  std::vector<std::thread> at_once;
  for (int i = 0; i < 40; ++i)
    at_once.emplace_back([&, i] {
      const auto a = i % 2 == 0 ? s.thread("parent", "fork", {{"seq", 1}}) : s.threads("create", {{"user", "ann"}});
      if (a.code == 200) ++made;
    });
  for (auto& t : at_once) t.join();
  CHECK(made == 3);
  CHECK(s.thread("parent", "get").code == 200); // nothing waits for itself
  CHECK(s.threads("count", {{"user", "ann"}}).body["count"] == 3);
  CHECK(s.threads("create", {{"user", "ann"}}).type() == "user_thread_limit");
}

TEST_CASE("two forks into each other's threads do not wait for each other's places") {
  test_system s({"--threads-per-user", "3"});
  for (int round = 0; round < 20; ++round) {
    const std::string user_name = "u" + std::to_string(round), a = "a" + user_name, b = "b" + user_name;
    for (const auto& id : {a, b}) {
      REQUIRE(s.thread(id, "create", {{"user", user_name}}).code == 200);
      REQUIRE(s.thread(id, "append", user_message("x")).code == 200);
    }
    answer into_b, into_a, made;
    std::thread one([&] { into_b = s.thread(a, "fork", {{"thread", b}}); });
    std::thread two([&] { into_a = s.thread(b, "fork", {{"thread", a}}); });
    std::thread three([&] { made = s.thread("c" + user_name, "create", {{"user", user_name}}); });
    for (auto* t : {&one, &two, &three}) t->join();
    INFO(into_a.body.dump() << into_b.body.dump() << made.body.dump());
    CHECK((into_a.code == 409 || into_a.code == 429)); // it exists, or there was no place to try
    CHECK((into_b.code == 409 || into_b.code == 429));
    CHECK((made.code == 200 || made.code == 429));
    CHECK(s.thread(b, "get").code == 200);
  }
}

TEST_CASE("idle and surplus threads leave memory and come back as they were") {
  test_system s({"--max-active", "16"});
  for (int i = 0; i < 200; ++i) {
    const std::string id = "p" + std::to_string(i);
    REQUIRE(s.thread(id, "create").code == 200);
    REQUIRE(s.thread(id, "append", user_message(id), "key").code == 200);
  }
  CHECK(eventually([&] { return s.ask("rw.node.test.status", {}).body["active_entities"] <= 48; }));
  for (int i = 0; i < 200; ++i) {
    const std::string id = "p" + std::to_string(i);
    CHECK(contents(s.thread(id, "messages").body) == std::vector<std::string>{id});
    CHECK(s.thread(id, "append", user_message(id), "key").body["replayed"] == true);
  }
}
