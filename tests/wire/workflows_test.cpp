// Workflows over the wire, against a real node: definitions, instances, and agents that serve phases.

#include <catch2/catch.hpp>

#include <atomic>
#include <mutex>

#include "tests/support/program.hpp"
#include "tests/support/test_system.hpp"
#include "transport/subject.hpp"

using namespace ropewalk::tests;
using nlohmann::json;
namespace transport = ropewalk::transport;

namespace {

// One node for all cases: each works with definitions and instances of its own.
test_system& workflows_system() {
  static test_system system;
  return system;
}

answer workflow(const std::string& id, const std::string& verb, const json& body = json::object(),
                const std::string& key = {}) {
  std::map<std::string, std::string> headers;
  if (!key.empty()) headers["Rw-Idempotency-Key"] = key;
  return workflows_system().ask("rw.v1.acme.workflow." + id + '.' + verb, body, headers, std::chrono::seconds(20));
}
answer workflows(const std::string& verb, const json& body) {
  return workflows_system().ask("rw.v1.acme.workflows." + verb, body);
}

void define(const json& document) {
  const auto made = workflows("define", {{"definition", document}});
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
}

// Serves a subject for one test; what it was asked is kept.
class agent {
public:
  using work = std::function<json(const json& asked)>;

  agent(std::string subject, work does, test_system& system = workflows_system())
      : system_(system), does_(std::move(does)) {
    auto begun = system_.client().subscribe(subject, "", [this](transport::nats_message m) {
      const json asked = json::parse(m.body());
      {
        const std::scoped_lock lock(mutex_);
        asked_.push_back(asked);
      }
      const json said = does_(asked);
      if (!said.is_null()) (void)system_.client().publish(m.reply_to(), said.dump());
    });
    REQUIRE(begun);
    subscription_ = *std::move(begun);
    REQUIRE(system_.client().flush(std::chrono::seconds(5)));
  }
  std::vector<json> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

private:
  test_system& system_;
  const work does_;
  mutable std::mutex mutex_;
  std::vector<json> asked_;
  std::unique_ptr<transport::nats_subscription> subscription_;
};

json result_of(const std::string& id) {
  const auto ended = workflow(id, "result", {{"wait_seconds", 15}});
  INFO(ended.body.dump(2));
  REQUIRE(ended.code == 200);
  return ended.body;
}

bool waits_for(const std::string& id, const std::string& whom) {
  return eventually([&] {
    const auto got = workflow(id, "get", {{"state", false}});
    for (const auto& run : got.body["workflow"]["runs"])
      if (run.value("waiting_for", "").find(whom) != std::string::npos) return true;
    return false;
  });
}

} // namespace

TEST_CASE("a workflow of agents runs to its end, each phase on the state of the one before") {
  define({{"name", "trip"},
          {"state", {{"budget", 100}}},
          {"phases",
           {{{"name", "plan"}, {"run", "agent"}, {"subject", "agents.plan"}},
            {{"name", "book"},
             {"run", "agent"},
             {"subject", "agents.book"},
             {"input", {{"to", {{"$", "/plan/to"}}}}},
             {"result", "/booking"}}}}});
  agent plan("agents.plan", [](const json& asked) {
    return json{{"result", {{"plan", {{"to", asked["input"]["wish"]}}}}}};
  });
  agent book("agents.book", [](const json& asked) {
    return json{{"result", {{"seat", 12}, {"to", asked["input"]["to"]}}}};
  });
  const auto started = workflow("trip-1", "start", {{"definition", "trip"}, {"input", {{"wish", "Oslo"}}}});
  INFO(started.body.dump(2));
  REQUIRE(started.code == 200);
  CHECK(started.body["created"] == true);
  CHECK(started.body["workflow"]["definition"] == json{{"name", "trip"}, {"version", 1}});

  const json ended = result_of("trip-1");
  CHECK(ended["status"] == "completed");
  CHECK(
      ended["state"] ==
      json{{"budget", 100}, {"wish", "Oslo"}, {"plan", {{"to", "Oslo"}}}, {"booking", {{"seat", 12}, {"to", "Oslo"}}}});
  REQUIRE(book.asked().size() == 1);
  CHECK(book.asked()[0]["phase"] == "book");
  CHECK(book.asked()[0]["input"] == json{{"to", "Oslo"}});
  CHECK(plan.asked().size() == 1);

  const auto history = workflow("trip-1", "history");
  std::vector<std::string> types;
  for (const auto& e : history.body["events"]) types.push_back(e["type"]);
  CHECK(types == std::vector<std::string>{"started", "scheduled", "completed", "scheduled", "completed", "ended"});
  const auto checkpoints = workflow("trip-1", "checkpoints");
  for (const auto& c : checkpoints.body["checkpoints"]) CHECK(c["reason"] == "phase");
  REQUIRE(checkpoints.body["checkpoints"].size() == 2);
  CHECK(checkpoints.body["checkpoints"][0]["phase"] == "book");
  CHECK(checkpoints.body["checkpoints"][0]["parent"] == checkpoints.body["checkpoints"][1]["id"]);

  CHECK(workflow("trip-1", "start", {{"definition", "trip"}, {"input", {{"wish", "Oslo"}}}}).code == 409);
  const auto again =
      workflow("trip-1", "start", {{"definition", "trip"}, {"input", {{"wish", "Oslo"}}}, {"if_absent", true}});
  CHECK(again.body["created"] == false);
  const auto listed = workflows("list", {{"definition", "trip"}, {"status", "completed"}});
  REQUIRE(listed.body["workflows"].size() == 1);
  CHECK(listed.body["workflows"][0]["id"] == "trip-1");
}

TEST_CASE("a phase without an agent waits for one, an error is tried again, and rubbish is an error") {
  define({{"name", "stubborn"},
          {"phases",
           {{{"name", "work"},
             {"run", "agent"},
             {"subject", "agents.stubborn"},
             {"retry", {{"attempts", 4}, {"first", "10ms"}, {"factor", 1}}}}}}});
  REQUIRE(workflow("s-1", "start", {{"definition", "stubborn"}}).code == 200);
  REQUIRE(waits_for("s-1", "agents.stubborn"));
  std::atomic<int> calls{0};
  agent work("agents.stubborn", [&](const json& asked) -> json {
    switch (++calls) {
    case 1: return {{"error", {{"code", "rate_limited"}, {"message", "later"}}}};
    case 2: return "rubbish";
    case 3: return {{"answer", 42}};
    default: return {{"result", {{"attempt", asked["attempt"]}}}};
    }
  });
  const json ended = result_of("s-1");
  CHECK(ended["status"] == "completed");
  CHECK(ended["state"] == json{{"attempt", 4}});
}

TEST_CASE("steps are done once, whoever asks again, and only with the run's token") {
  define({{"name", "steps"}, {"phases", {{{"name", "work"}, {"run", "agent"}, {"subject", "agents.steps"}}}}});
  agent work("agents.steps", [&](const json&) { return json(); });
  REQUIRE(workflow("st-1", "start", {{"definition", "steps"}}).code == 200);
  REQUIRE(eventually([&] { return !work.asked().empty(); }));
  const json asked = work.asked()[0];
  CHECK(asked["subject"] == "rw.v1.acme.workflow.st-1");
  const json run{{"run", asked["run"]}, {"token", asked["token"]}};
  const auto with = [&run](json more) {
    more.update(run);
    return more;
  };
  CHECK(workflow("st-1", "step.begin", with({{"step", "pay"}})).body["recorded"] == false);
  CHECK(workflow("st-1", "step.complete", with({{"step", "pay"}, {"result", {{"receipt", 7}}}})).body["recorded"] ==
        false);
  const auto again = workflow("st-1", "step.begin", with({{"step", "pay"}}));
  CHECK(again.body["recorded"] == true);
  CHECK(again.body["result"] == json{{"receipt", 7}});
  CHECK(workflow("st-1", "step.complete", with({{"step", "pay"}, {"result", {{"receipt", 8}}}})).body["result"] ==
        json{{"receipt", 7}});
  CHECK(workflow("st-1", "step.begin", with({{"step", "mail"}})).body["recorded"] == false);
  CHECK(run_program(workflows_system(), "workflow steps st-1 1 -o table").output ==
        "STATUS    STEP\nrecorded  pay\nbegun     mail\n");
  const auto forged = workflow(
      "st-1", "complete", {{"run", asked["run"]}, {"token", "k.AAAAAAAAAAAAAAAAAAAAAA"}, {"result", json::object()}});
  CHECK(forged.code == 400);
  CHECK(forged.body["field"] == "token");
  CHECK(workflow("st-1", "heartbeat", with({{"progress", {{"pages", 3}}}})).code == 200);
  CHECK(workflow("st-1", "complete", with({{"result", {{"done", true}}}, {"worker", "w"}})).body["status"] ==
        "completed");
  CHECK(result_of("st-1")["state"] == json{{"done", true}});
  const auto late = workflow("st-1", "complete", with({{"result", {{"done", false}}}}));
  CHECK(late.body["late"] == true);
  CHECK(late.body["result"] == json{{"done", true}});
}

TEST_CASE("a signal ends a wait, also one that came early, and a timer a sleep") {
  define({{"name", "waits"},
          {"phases",
           {{{"name", "nap"}, {"run", "sleep"}, {"for", "50ms"}},
            {{"name", "ok"}, {"run", "wait"}, {"signal", "approved"}, {"result", "/approval"}}}}});
  REQUIRE(workflow("w-1", "start", {{"definition", "waits"}}).code == 200);
  CHECK(workflow("w-1", "signal", {{"name", "approved"}, {"payload", {{"by", "ann"}}}}).body["taken"] == false);
  CHECK(result_of("w-1")["state"] == json{{"approval", {{"by", "ann"}}}});

  REQUIRE(workflow("w-2", "start", {{"definition", "waits"}}).code == 200);
  REQUIRE(waits_for("w-2", "approved"));
  CHECK(workflow("w-2", "result").type() == "still_running");
  CHECK(workflow("w-2", "signal", {{"name", "approved"}, {"payload", {{"by", "bob"}}}}).body["taken"] == true);
  CHECK(result_of("w-2")["state"] == json{{"approval", {{"by", "bob"}}}});
}

TEST_CASE("a phase posts to a thread, once, and makes it where it is missing") {
  define({{"name", "posts"},
          {"phases",
           {{{"name", "tell"},
             {"run", "thread"},
             {"thread", {{"$", "/where"}}},
             {"message", {{"role", "assistant"}, {"content", {{"$", "/text"}}}}},
             {"result", "/posted"}}}}});
  REQUIRE(workflow("p-1", "start", {{"definition", "posts"}, {"input", {{"where", "told"}, {"text", "hello"}}}}).code ==
          200);
  CHECK(result_of("p-1")["state"]["posted"]["seq"] == 1);
  const auto page = workflows_system().thread("told", "messages");
  REQUIRE(page.body["messages"].size() == 1);
  CHECK(page.body["messages"][0]["content"] == "hello");
}

TEST_CASE("an instance of any id posts to threads") {
  define({{"name", "posts-anywhere"},
          {"phases",
           {{{"name", "tell"},
             {"run", "thread"},
             {"thread", "told-by-all"},
             {"message", {{"role", "assistant"}, {"content", "hello"}}},
             {"result", "/posted"}}}}});
  int seq = 0;
  const std::string ids[] = {"order 7", "auftr\u00e4ge-7", std::string(128, 'x')};
  for (const std::string& id : ids) {
    const auto ask = [&](const std::string& verb, const json& body) {
      return workflows_system().ask(transport::workflow_subject("rw", "acme", id, verb), body);
    };
    REQUIRE(ask("start", {{"definition", "posts-anywhere"}}).code == 200);
    const json ended = ask("result", {{"wait_seconds", 10}}).body;
    INFO(ended.dump());
    CHECK(ended["status"] == "completed");
    CHECK(ended["state"]["posted"]["seq"] == ++seq);
  }
}

TEST_CASE("a child's result is its parent's, and its failure as well") {
  define({{"name", "child"}, {"phases", {{{"name", "work"}, {"run", "agent"}, {"subject", "agents.child"}}}}});
  define({{"name", "parent"},
          {"phases", {{{"name", "sub"}, {"run", "workflow"}, {"definition", "child"}, {"result", "/sub"}}}}});
  std::atomic<bool> fails{false};
  agent work("agents.child", [&](const json& asked) -> json {
    if (fails) return {{"error", {{"code", "no"}, {"final", true}}}};
    return {{"result", {{"got", asked["input"]}}}};
  });
  REQUIRE(workflow("c-1", "start", {{"definition", "parent"}, {"input", {{"x", 1}}}}).code == 200);
  CHECK(result_of("c-1")["state"]["sub"]["got"] == json{{"x", 1}});
  fails = true;
  REQUIRE(workflow("c-2", "start", {{"definition", "parent"}}).code == 200);
  const json failed = result_of("c-2");
  CHECK(failed["status"] == "failed");
  CHECK(failed["error"]["code"] == "child_failed");
}

TEST_CASE("tasks stand in a JetStream work queue until a worker completes them") {
  define({{"name", "queued"}, {"phases", {{{"name", "build"}, {"run", "task"}, {"queue", "builders"}}}}});
  REQUIRE(workflow("t-1", "start", {{"definition", "queued"}, {"input", {{"x", 1}}}}).code == 200);
  // A pull consumer as any client would make it.
  const auto js = [](const std::string& subject, const json& body) {
    return workflows_system().ask("$JS.API." + subject, body);
  };
  REQUIRE(eventually([&] {
    return js("CONSUMER.DURABLE.CREATE.RW_TASKS.builders", {{"stream_name", "RW_TASKS"},
                                                            {"config",
                                                             {{"durable_name", "builders"},
                                                              {"ack_policy", "explicit"},
                                                              {"filter_subject", "rw.v1.acme.task.builders"}}}})
        .body.contains("name");
  }));
  const auto taken = workflows_system().ask("$JS.API.CONSUMER.MSG.NEXT.RW_TASKS.builders", 1);
  INFO(taken.body.dump());
  REQUIRE(taken.body.value("phase", "") == "build");
  CHECK(taken.body["input"] == json{{"x", 1}});
  CHECK(workflow("t-1", "complete",
                 {{"run", taken.body["run"]}, {"token", taken.body["token"]}, {"result", {{"image", "i:1"}}}})
            .code == 200);
  CHECK(result_of("t-1")["state"] == json{{"x", 1}, {"image", "i:1"}});
}

TEST_CASE("an operator holds, changes, cancels, goes back and compares") {
  define({{"name", "ops"},
          {"phases",
           {{{"name", "first"},
             {"run", "agent"},
             {"subject", "agents.ops"},
             {"compensate", {{"run", "agent"}, {"subject", "agents.undo"}}}},
            {{"name", "gate"}, {"run", "wait"}, {"signal", "go"}},
            {{"name", "last"}, {"run", "agent"}, {"subject", "agents.ops"}}}}});
  agent work("agents.ops", [](const json& asked) {
    return json{{"result", {{asked["phase"].get<std::string>(), asked["input"].value("model", "none")}}}};
  });
  agent undo("agents.undo", [](const json&) { return json{{"result", json::object()}}; });
  REQUIRE(workflow("o-1", "start", {{"definition", "ops"}}).code == 200);
  REQUIRE(waits_for("o-1", "go"));
  const std::uint64_t version = workflow("o-1", "get").body["workflow"]["version"];
  CHECK(workflow("o-1", "pause", {{"reason", "look"}}).body["workflow"]["status"] == "paused");
  CHECK(workflow("o-1", "update", {{"patch", {{"model", "big"}}}, {"reason", "try"}}).code == 200);
  CHECK(workflow("o-1", "resume").body["workflow"]["status"] == "running");
  const auto before = workflow("o-1", "state", {{"at", version}});
  CHECK(before.body["state"] == json{{"first", "none"}});
  const auto changes = workflow("o-1", "diff", {{"from", version}});
  CHECK(changes.body["changes"] == json::array({{{"op", "add"}, {"path", "/model"}, {"value", "big"}}}));

  CHECK(workflow("o-1", "checkpoint", {{"reason", "before the branch"}}).code == 200);
  CHECK(workflow("o-1", "checkpoint").code == 200);
  const auto asked_for = workflow("o-1", "checkpoints", {{"limit", 2}}).body["checkpoints"];
  CHECK(asked_for[0]["reason"] == "demand");
  CHECK(asked_for[1]["reason"] == "before the branch");

  const auto branched =
      workflow("o-1", "branch", {{"to", "o-2"}, {"version", version}, {"patch", {{"model", "small"}}}});
  INFO(branched.body.dump(2));
  REQUIRE(branched.code == 200);
  CHECK(branched.body["workflow"]["branched_from"] == json{{"workflow", "o-1"}, {"version", version}});
  const auto branches = workflows("list", {{"branched_from", "o-1"}}).body["workflows"];
  REQUIRE(branches.size() == 1);
  CHECK(branches[0]["id"] == "o-2");
  CHECK(workflows("count", {{"branched_from", "o-2"}}).body["count"] == 0);
  for (const char* id : {"o-1", "o-2"}) CHECK(workflow(id, "signal", {{"name", "go"}}).code == 200);
  CHECK(result_of("o-1")["state"]["last"] == "big");
  CHECK(result_of("o-2")["state"]["last"] == "small");
  CHECK(work.asked().size() == 3); // the branch did not run the first phase again
  for (const json& from : {json::object(), json{{"version", version}}}) {
    const auto replayed = workflow("o-1", "replay", from);
    INFO(replayed.body.dump(2));
    CHECK(replayed.body["matches"] == true);
    CHECK(replayed.body["events"] > 3);
  }

  REQUIRE(workflow("o-3", "start", {{"definition", "ops"}}).code == 200);
  REQUIRE(waits_for("o-3", "go"));
  CHECK(workflow("o-3", "cancel", {{"reason", "enough"}}).code == 200);
  CHECK(result_of("o-3")["status"] == "cancelled");
  CHECK(undo.asked().size() == 1);
}

TEST_CASE("what was under way when the node was killed goes on, and what was recorded does not run again") {
  define({{"name", "killed"},
          {"phases",
           {{{"name", "one"}, {"run", "agent"}, {"subject", "agents.killed"}, {"result", "/one"}},
            {{"name", "two"}, {"run", "agent"}, {"subject", "agents.killed"}, {"result", "/two"}},
            {{"name", "nap"}, {"run", "sleep"}, {"for", "1s"}},
            {{"name", "three"}, {"run", "agent"}, {"subject", "agents.killed"}, {"result", "/three"}}}}});
  std::atomic<bool> silent{true};
  agent work("agents.killed", [&](const json& asked) {
    if (asked["phase"] == "two" && silent) return json();
    return json{{"result", {{"phase", asked["phase"]}}}};
  });
  REQUIRE(workflow("k-1", "start", {{"definition", "killed"}}).code == 200);
  REQUIRE(eventually([&] { return work.asked().size() == 2; }));
  workflows_system().node().kill_now();
  silent = false;
  workflows_system().start_node();
  const json ended = result_of("k-1");
  CHECK(ended["status"] == "completed");
  CHECK(ended["state"]["three"] == json{{"phase", "three"}});
  std::map<std::string, int> runs;
  for (const auto& asked : work.asked()) ++runs[asked["phase"]];
  CHECK(runs == std::map<std::string, int>{{"one", 1}, {"two", 2}, {"three", 1}});
}

TEST_CASE("a crashing instance is started again, and parked with its reason when it goes on crashing") {
  test_system s;
  const auto ask = [&](const std::string& subject, const json& body = json::object()) {
    return s.ask("rw.v1.acme." + subject, body);
  };
  const auto fault = [&](const std::string& points) {
    REQUIRE(s.ask("rw.node.test.fault", {{"points", points}}).code == 200);
  };
  REQUIRE(ask("workflows.define", {{"definition",
                                    {{"name", "fragile"},
                                     {"phases",
                                      {{{"name", "nap"}, {"run", "sleep"}, {"for", "300ms"}},
                                       {{"name", "ok"}, {"run", "wait"}, {"signal", "go"}}}}}}})
              .code == 200);
  fault("workflow.waking=throw@1");
  REQUIRE(ask("workflow.once.start", {{"definition", "fragile"}}).code == 200);
  REQUIRE(eventually([&] { return s.node_log().find("failpoint workflow.waking") != std::string::npos; }));
  REQUIRE(ask("workflow.once.signal", {{"name", "go"}}).code == 200);
  CHECK(ask("workflow.once.result", {{"wait_seconds", 10}}).body["status"] == "completed");

  REQUIRE(ask("workflow.beside.start", {{"definition", "fragile"}}).code == 200);
  fault("workflow.waking=throw");
  REQUIRE(ask("workflow.often.start", {{"definition", "fragile"}}).code == 200);
  // Nobody asks for it meanwhile.
  REQUIRE(eventually(
      [&] {
        return ask("workflows.count", {{"status", "crashed"}}).body["count"] == 2;
      },
      std::chrono::seconds(60)));
  // Others go on.
  CHECK(s.thread("beside", "create").code == 200);
  CHECK(s.thread("beside", "append", user_message("still here")).code == 200);
  const json calm{{"name", "calm"}, {"phases", {{{"name", "ok"}, {"run", "wait"}, {"signal", "go"}}}}};
  REQUIRE(ask("workflows.define", {{"definition", calm}}).code == 200);
  REQUIRE(ask("workflow.calm.start", {{"definition", "calm"}}).code == 200);
  REQUIRE(ask("workflow.calm.signal", {{"name", "go"}}).code == 200);
  CHECK(ask("workflow.calm.result", {{"wait_seconds", 10}}).body["status"] == "completed");
  const answer got = ask("workflow.often.get");
  CHECK(got.body["workflow"]["status_reason"].get<std::string>().find("failpoint workflow.waking") !=
        std::string::npos);
  CHECK(ask("workflow.often.signal", {{"name", "go"}}).type() == "workflow_crashed");
  CHECK(ask("workflows.list", {{"status", "crashed"}}).body["workflows"].size() >= 1);
  fault("");
  CHECK(ask("workflow.often.resume").body["workflow"]["status"] == "running");
  const program_result parked = run_program(s, "workflow get beside -o table");
  INFO(parked.output);
  CHECK(parked.output.find("status      crashed: ") != std::string::npos);
  CHECK(parked.output.find("failpoint workflow.waking") != std::string::npos);
  const program_result resumed = run_program(s, "workflow resume beside");
  INFO(resumed.output << resumed.trouble);
  CHECK(resumed.code == 0);
  CHECK(resumed.json()["workflow"]["status"] == "running");
  CHECK_FALSE(resumed.json()["workflow"].contains("status_reason"));
  for (const char* id : {"often", "beside"}) {
    CHECK(ask(std::string("workflow.") + id + ".signal", {{"name", "go"}}).code == 200);
    CHECK(ask(std::string("workflow.") + id + ".result", {{"wait_seconds", 10}}).body["status"] == "completed");
  }
}

TEST_CASE("a parked child of a cancelled workflow runs no further phase when it is resumed, and undoes") {
  test_system s;
  const auto ask = [&](const std::string& subject, const json& body = json::object()) {
    return s.ask("rw.v1.acme." + subject, body);
  };
  agent work(
      "agents.done",
      [](const json&) {
        return json{{"result", json::object()}};
      },
      s);
  agent undo(
      "agents.undone",
      [](const json&) {
        return json{{"result", json::object()}};
      },
      s);
  const json undone{{"run", "agent"}, {"subject", "agents.undone"}};
  const json first{{"name", "first"}, {"run", "agent"}, {"subject", "agents.done"}, {"compensate", undone}};
  const json kid{{"name", "kid"},
                 {"phases",
                  {first,
                   {{"name", "nap"}, {"run", "sleep"}, {"for", "300ms"}},
                   {{"name", "rest"}, {"run", "agent"}, {"subject", "agents.done"}}}}};
  const json parent{{"name", "parent"},
                    {"phases", {{{"name", "c"}, {"run", "workflow"}, {"definition", "kid"}, {"id", "kid-1"}}}}};
  for (const json& d : {kid, parent}) REQUIRE(ask("workflows.define", {{"definition", d}}).code == 200);
  REQUIRE(s.ask("rw.node.test.fault", {{"points", "workflow.waking=throw"}}).code == 200);
  REQUIRE(ask("workflow.parent-1.start", {{"definition", "parent"}}).code == 200);
  REQUIRE(eventually([&] { return ask("workflow.kid-1.get").body["workflow"]["status"] == "crashed"; },
                     std::chrono::seconds(60)));
  REQUIRE(s.ask("rw.node.test.fault", {{"points", ""}}).code == 200);
  CHECK(ask("workflow.parent-1.cancel").body["workflow"]["status"] == "compensating");
  REQUIRE(eventually([&] { return ask("workflow.kid-1.get").body["workflow"].contains("ending"); }));
  CHECK(ask("workflow.kid-1.get").body["workflow"]["status"] == "crashed");
  CHECK(ask("workflow.parent-1.get").body["workflow"]["leaving_children"] == json{"kid-1"});
  CHECK(ask("workflow.kid-1.resume").code == 200);
  CHECK(ask("workflow.parent-1.result", {{"wait_seconds", 15}}).body["status"] == "cancelled");
  CHECK(ask("workflow.kid-1.result").body["status"] == "cancelled");
  CHECK(work.asked().size() == 1);
  CHECK(undo.asked().size() == 1);
}

TEST_CASE("a definition that starts itself is stopped by its depth, and meanwhile others are answered") {
  const json again = {{"name", "c"}, {"run", "workflow"}, {"definition", "bomb"}};
  define({{"name", "bomb"},
          {"state", {{"i", {1, 2, 3, 4}}}},
          {"retry", {{"attempts", 0}, {"first", "10ms"}, {"most", "10ms"}}}, // without end
          {"phases", {{{"name", "m"}, {"run", "map"}, {"over", "/i"}, {"concurrency", 64}, {"do", again}}}}});
  define({{"name", "quick"}, {"phases", {{{"name", "w"}, {"run", "wait"}, {"signal", "go"}}}}});
  REQUIRE(workflow("bomb-1", "start", {{"definition", "bomb"}}).code == 200);
  for (int i = 0; i < 20; ++i) {
    const std::string id = "quick-" + std::to_string(i);
    REQUIRE(workflow(id, "start", {{"definition", "quick"}}).code == 200);
  }
  const auto ended = workflow("bomb-1", "terminate", {{"reason", "test"}});
  CHECK((ended.code == 200 || ended.type() == "workflow_closed")); // its depth may have ended it by itself
  const auto alive = [] {
    std::size_t all = 0;
    for (const char* status : {"running", "paused", "compensating"})
      all += workflows("list", {{"definition", "bomb"}, {"status", status}, {"limit", 1000}}).body["workflows"].size();
    return all;
  };
  CHECK(eventually([&] { return alive() == 0; }, std::chrono::seconds(30)));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK(alive() == 0);
}
