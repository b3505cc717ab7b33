// Over the wire, against a real node: a failed instance that is tried again, two instances compared, and instances that
// run again from what was recorded.

#include <catch2/catch.hpp>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// Fails while the thread `board` is missing.
const json notice = {{"name", "notice"},
                     {"phases",
                      {{{"name", "words"}, {"run", "wait"}, {"signal", "words"}, {"result", "/text"}},
                       {{"name", "post"},
                        {"run", "thread"},
                        {"thread", "board"},
                        {"create", false},
                        {"retry", {{"attempts", 1}}},
                        {"message", {{"role", "user"}, {"content", {{"$", "/text"}}}}},
                        {"result", "discard"}},
                       {{"name", "seen"}, {"run", "wait"}, {"signal", "seen"}, {"result", "/seen"}}}}};

struct traveller {
  test_system system;

  answer ask(const std::string& id, const std::string& verb, const json& body = json::object(),
             const std::string& key = {}) {
    std::map<std::string, std::string> headers;
    if (!key.empty()) headers["Rw-Idempotency-Key"] = key;
    return system.ask("rw.v1.acme.workflow." + id + '.' + verb, body, headers, std::chrono::seconds(20));
  }
  std::string ends(const std::string& id) { return ask(id, "result", {{"wait_seconds", 15}}).body.value("status", ""); }
  std::size_t posted() { return system.thread("board", "messages").body["messages"].size(); }
};

// Signals may come before the phase that waits for them, or after.
std::vector<std::string> types_of(const json& history) {
  std::vector<std::string> types;
  for (const json& e : history["events"])
    if (e["type"] != "noted" && e["type"] != "signalled") types.push_back(e["type"]);
  return types;
}

} // namespace

TEST_CASE("a failed instance goes on where it failed, and is compared and run again from its checkpoints") {
  traveller t;
  REQUIRE(t.system.ask("rw.v1.acme.workflows.define", {{"definition", notice}}).code == 200);
  REQUIRE(t.ask("n1", "start", {{"definition", "notice"}}).code == 200);
  REQUIRE(t.ask("n1", "signal", {{"name", "words"}, {"payload", "lunch"}}).code == 200);
  REQUIRE(t.ends("n1") == "failed");

  REQUIRE(t.system.thread("board", "create").code == 200);
  const answer retried = t.ask("n1", "retry", {{"reason", "the board is there"}}, "once");
  CHECK(retried.body["workflow"]["status"] == "running");
  const answer repeated = t.ask("n1", "retry", {{"reason", "the board is there"}}, "once");
  CHECK(repeated.body["receipt"] == retried.body["receipt"]);
  REQUIRE(eventually([&] { return t.posted() == 1; }));
  REQUIRE(t.ask("n1", "signal", {{"name", "seen"}, {"payload", 3}}).code == 200);
  CHECK(t.ends("n1") == "completed");
  CHECK(t.ask("n1", "retry").type() == "workflow_closed");
  CHECK(types_of(t.ask("n1", "history").body) ==
        std::vector<std::string>{"started", "scheduled", "signal_taken", "completed", "scheduled", "failed", "ended",
                                 "retried", "scheduled", "completed", "scheduled", "signal_taken", "completed",
                                 "ended"});

  // From the checkpoint before the words were said.
  const json checkpoints = t.ask("n1", "checkpoints").body["checkpoints"];
  const json first = checkpoints.back();
  REQUIRE(first["phase"] == "words");
  const answer branched =
      t.ask("n1", "branch", {{"to", "n2"}, {"checkpoint", first["id"]}, {"patch", {{"mood", "calm"}}}});
  INFO(branched.body.dump(2));
  REQUIRE(branched.code == 200);
  CHECK(branched.body["workflow"]["branched_from"] == json{{"workflow", "n1"}, {"version", first["version"]}});
  const json with_n2 = t.ask("n1", "diff", {{"workflow", "n2"}}).body;
  INFO(with_n2.dump(2));
  CHECK(with_n2["from"]["workflow"] == "n1");
  CHECK(with_n2["to"]["workflow"] == "n2");
  CHECK(with_n2["changes"] == json::array({{{"op", "remove"}, {"path", "/seen"}, {"before", 3}},
                                           {{"op", "remove"}, {"path", "/text"}, {"before", "lunch"}},
                                           {{"op", "add"}, {"path", "/mood"}, {"value", "calm"}}}));
  CHECK(t.ask("n2", "diff", {{"workflow", "n1"}, {"from", 1}, {"to", 1}}).body["changes"] ==
        json::array({{{"op", "remove"}, {"path", "/mood"}, {"before", "calm"}}}));
  const answer too_far = t.ask("n1", "diff", {{"workflow", "n2"}, {"to", 999}});
  CHECK(too_far.type() == "version_not_found");
  CHECK(too_far.body["field"] == "to");
  CHECK(t.ask("n1", "diff", {{"from", 999}}).body["field"] == "from");
  CHECK(t.ask("n1", "state", {{"at", 999}}).body["field"] == "at");

  // A dry replay leaves no instance behind; one for real is an instance of its own, and one only.
  const answer dry = t.ask("n1", "replay", {{"checkpoint", first["id"]}});
  CHECK(dry.body["matches"] == true);
  CHECK(dry.body["events"] > 10);
  const json again = {{"dry", false}, {"checkpoint", first["id"]}, {"to", "n3"}};
  const answer real = t.ask("n1", "replay", again, "again");
  INFO(real.body.dump(2));
  REQUIRE(real.code == 200);
  CHECK(real.body["workflow"]["branched_from"] == json{{"workflow", "n1"}, {"version", first["version"]}});
  CHECK(t.ask("n1", "replay", again, "again").body["receipt"] == real.body["receipt"]);
  CHECK(t.ask("n1", "replay", again).type() == "workflow_exists");
  CHECK(t.ask("n1", "replay", {{"dry", false}, {"to", "n4"}}).body["workflow"]["branched_from"]["version"] == 1);
  for (const char* id : {"n3", "n4"}) {
    REQUIRE(t.ask(id, "signal", {{"name", "words"}, {"payload", "dinner"}}).code == 200);
    REQUIRE(t.ask(id, "signal", {{"name", "seen"}}).code == 200);
    CHECK(t.ends(id) == "completed");
  }
  CHECK(t.posted() == 3);
  CHECK(t.ask("n1", "get").body["state"] == json{{"text", "lunch"}, {"seen", 3}});
  const answer none = t.ask("n1", "replay", {{"dry", false}, {"checkpoint", "ffff"}});
  CHECK(none.type() == "no_checkpoint");
}
