// Workflows under kill -9 of the node: each ends, and a phase that is recorded never runs again. At random moments, and
// at each place of the code that has a name. ROPEWALK_KILLS=30 and ROPEWALK_WORKFLOWS=200 for the long form.

#include <catch2/catch.hpp>

#include <map>
#include <mutex>
#include <thread>

#include "tests/random_seed.hpp"
#include "tests/support/test_system.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

int number_of(const char* variable, int otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::atoi(given) : otherwise;
}

// An agent's phase, a time, a thread's message, two branches, a child, and work that is undone where it failed.
const json definition = {
    {"name", "all-sorts"},
    {"phases",
     {{{"name", "one"},
       {"run", "agent"},
       {"subject", "agents.chaos"},
       {"result", "/one"},
       {"compensate", {{"run", "agent"}, {"subject", "agents.chaos"}}}},
      {{"name", "nap"}, {"run", "sleep"}, {"for", "30ms"}},
      {{"name", "tell"},
       {"run", "thread"},
       {"thread", {{"$", "/thread"}}},
       {"message", {{"role", "assistant"}, {"content", {{"$", "/thread"}}}}},
       {"result", "/told"}},
      {{"name", "both"},
       {"run", "parallel"},
       {"branches",
        {{"left", {{{"name", "left"}, {"run", "agent"}, {"subject", "agents.chaos"}, {"result", "/left"}}}},
         {"right", {{{"name", "right"}, {"run", "agent"}, {"subject", "agents.chaos"}, {"result", "/right"}}}}}}},
      {{"name", "sub"}, {"run", "workflow"}, {"definition", "small"}, {"result", "/sub"}},
      {{"name", "maybe"},
       {"run", "agent"},
       {"subject", "agents.chaos"},
       {"retry", {{"attempts", 2}, {"first", "10ms"}}},
       {"result", "/maybe"}}}}};
const json child_definition = {
    {"name", "small"},
    {"phases", {{{"name", "inner"}, {"run", "agent"}, {"subject", "agents.chaos"}, {"result", "/inner"}}}}};

// Answers each request with a number of its own: how often it was asked for that run before.
class counting_agent {
public:
  explicit counting_agent(test_system& s) : system_(s) {
    auto begun = s.client().subscribe("agents.chaos", "", [this](transport::nats_message m) { serve(m); });
    REQUIRE(begun);
    subscription_ = *std::move(begun);
    REQUIRE(s.client().flush(std::chrono::seconds(5)));
  }
  using run_key = std::pair<std::string, std::uint64_t>; // workflow, run
  std::map<run_key, std::vector<std::string>> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

private:
  void serve(const transport::nats_message& m) {
    const json asked = json::parse(m.body());
    const std::string phase = asked["phase"], workflow = asked["workflow"];
    std::size_t count = 0;
    {
      const std::scoped_lock lock(mutex_);
      auto& phases = calls_[{workflow, asked["run"]}];
      phases.push_back(phase + (asked.value("compensation", false) ? "-undo" : ""));
      count = phases.size();
    }
    // Every fourth instance fails in its last phase, and undoes its first.
    const bool fails = phase == "maybe" && std::stoul(workflow.substr(1)) % 4 == 0;
    const json said =
        fails ? json{{"error", {{"code", "no"}, {"message", "not this one"}}}} : json{{"result", {{"call", count}}}};
    (void)system_.client().publish(m.reply_to(), said.dump());
  }

  test_system& system_;
  mutable std::mutex mutex_;
  std::map<run_key, std::vector<std::string>> calls_;
  std::unique_ptr<transport::nats_subscription> subscription_;
};

std::string id_of(int i) { return "w" + std::to_string(i); }

// Starts so many, each with a key and again until it is answered; on a thread of its own. The first refusal, or "".
std::string start_all(test_system& s, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string id = id_of(i);
    const json body{{"definition", "all-sorts"}, {"input", {{"thread", "t" + id}}}};
    answer started;
    const bool answered = eventually(
        [&] {
          started = s.ask("rw.v1.acme.workflow." + id + ".start", body, {{"Rw-Idempotency-Key", "start-" + id}},
                          std::chrono::seconds(2));
          return started.code != 0 && started.code != 503 && started.code != 504;
        },
        std::chrono::seconds(60));
    if (!answered || started.code != 200) return id + ": " + started.body.dump();
  }
  return {};
}

// The recorded result of a run is the last one that was given for it: else it ran again after it was recorded.
void check_instance(test_system& s, const counting_agent& agent, int i) {
  const std::string id = id_of(i), subject = "rw.v1.acme.workflow." + id;
  INFO("workflow " << id);
  answer ended;
  const bool over = eventually(
      [&] {
        ended = s.ask(subject + ".result", {{"wait_seconds", 5}});
        return ended.code == 200;
      },
      std::chrono::seconds(60));
  INFO(s.ask(subject + ".get", json::object()).body.dump(2));
  REQUIRE(over);
  const bool fails = i % 4 == 0;
  CHECK(ended.body["status"] == (fails ? "failed" : "completed"));
  const auto calls = agent.calls();
  std::map<std::uint64_t, int> recorded;
  std::string cursor;
  std::map<std::string, int> completed;
  do {
    const auto page = s.ask(subject + ".history", cursor.empty() ? json::object() : json{{"cursor", cursor}});
    REQUIRE(page.code == 200);
    for (const auto& e : page.body["events"]) {
      if (e["type"] != "completed") continue;
      CHECK(++recorded[e["run"]] == 1);
      const auto called = calls.find({id, e["run"]});
      if (called == calls.end()) continue;
      ++completed[called->second.front()];
      CHECK(e["result"]["call"] == called->second.size());
    }
    cursor = page.body.value("next_cursor", "");
  } while (!cursor.empty());
  for (const char* phase : {"one", "left", "right"}) CHECK(completed[phase] == 1);
  const auto told = s.thread("t" + id, "messages");
  CHECK(told.body["messages"].size() == 1);
}

void define_all(test_system& s) {
  for (const json& d : {child_definition, definition})
    REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", d}}).code == 200);
}

} // namespace

TEST_CASE("every workflow ends under kill -9 of the node, and no recorded phase runs again") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system s;
  define_all(s);
  counting_agent agent(s);
  const int count = number_of("ROPEWALK_WORKFLOWS", 40);
  std::string refused;
  std::thread starter([&] { refused = start_all(s, count); });
  for (int kill = 0; kill < number_of("ROPEWALK_KILLS", 4); ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(400)));
    s.node().kill_now();
    s.start_node();
  }
  starter.join();
  REQUIRE(refused == "");
  for (int i = 0; i < count; ++i) check_instance(s, agent, i);
}

TEST_CASE("every workflow ends though nats-server is killed under it") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system s;
  define_all(s);
  counting_agent agent(s);
  std::string refused;
  std::thread starter([&] { refused = start_all(s, 24); });
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + seed.below(400)));
    s.nats().kill_now();
    s.start_nats();
  }
  starter.join();
  REQUIRE(refused == "");
  // An agent may be asked again here although it has answered: its answer was lost with the server, or is late.
  for (int i = 0; i < 24; ++i) {
    answer ended;
    INFO("workflow " << id_of(i));
    REQUIRE(eventually(
        [&] {
          ended = s.ask("rw.v1.acme.workflow." + id_of(i) + ".result", {{"wait_seconds", 5}});
          return ended.code == 200;
        },
        std::chrono::seconds(60)));
    CHECK(ended.body["status"] == (i % 4 == 0 ? "failed" : "completed"));
    CHECK(s.thread("t" + id_of(i), "messages").body["messages"].size() == 1);
  }
}

TEST_CASE("a workflow goes on from every place where its node can die") {
  for (const char* point :
       {"workflow.started", "workflow.before_effect", "workflow.after_effects", "workflow.checkpoint",
        "workflow.completed", "workflow.woken", "workflow.thread_posted", "workflow.child_ended", "workflow.decided",
        "journal.before_commit", "journal.after_commit"}) {
    for (const int nth : {1, 3}) {
      INFO(point << "@" << nth);
      test_system s;
      define_all(s);
      counting_agent agent(s);
      const auto armed = s.ask("rw.node.test.fault", {{"points", std::string(point) + "=kill@" + std::to_string(nth)}});
      REQUIRE(armed.code == 200);
      std::string refused;
      std::thread starter([&] { refused = start_all(s, 4); });
      const bool died = eventually([&] { return !s.node().running(); }, std::chrono::seconds(20));
      CHECK(died);
      if (died) s.start_node();
      starter.join();
      REQUIRE(refused == "");
      for (int i = 0; i < 4; ++i) check_instance(s, agent, i);
    }
  }
}
