// The workers of examples/workers with a real node, killed in the middle of their work.

#include <catch2/catch.hpp>

#include <fstream>
#include <memory>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

const std::string folder = std::string(ROPEWALK_SOURCE_DIR) + "/examples/workers/";

bool available(const std::vector<std::string>& command) {
  const scratch_directory dir;
  return child_process(command, dir / "log").wait(std::chrono::seconds(20)) == 0;
}

// A system whose phases a worker serves, given as the command that starts it.
class worked_system {
public:
  explicit worked_system(std::vector<std::string> command) : command_(std::move(command)) {}

  // Silent for three seconds, a worker has lost its task: a loaded machine keeps a living one silent for one.
  std::unique_ptr<child_process> worker(const std::string& pace) {
    auto argv = command_;
    for (const std::string& word :
         {std::string("--nats"), system.url(), std::string("--org"), std::string("acme"), std::string("--agent"),
          std::string("agents.design"), std::string("--task"), std::string("builders"), std::string("--ack-wait"),
          std::string("3"), std::string("--pace"), pace, std::string("--log"), log()})
      argv.push_back(word);
    return std::make_unique<child_process>(argv, system.scratch() / "worker.log");
  }
  answer workflow(const std::string& id, const std::string& verb, const json& body = json::object()) {
    return system.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(40));
  }
  void start(const json& phase, const std::string& id, const json& input) {
    const json document{{"name", "work"}, {"phases", {phase}}};
    REQUIRE(system.ask("rw.v1.acme.workflows.define", {{"definition", document}}).code == 200);
    REQUIRE(workflow(id, "start", {{"definition", "work"}, {"input", input}}).code == 200);
  }
  json state(const std::string& id) {
    const auto ended = workflow(id, "result", {{"wait_seconds", 30}});
    INFO(ended.body.dump(2));
    INFO(read_file(system.scratch() / "worker.log"));
    REQUIRE(ended.code == 200);
    REQUIRE(ended.body["status"] == "completed");
    return ended.body["state"];
  }
  // The first part is recorded and the second begun.
  bool in_the_middle(const std::string& id) {
    return eventually([&] {
      const auto steps = workflow(id, "steps", {{"run", 1}}).body;
      return steps.contains("steps") &&
             steps["steps"] == json({{{"step", "fetch"}, {"recorded", true}}, {{"step", "make"}, {"recorded", false}}});
    });
  }
  std::string log() const { return system.scratch() / "parts"; }

  test_system system;

private:
  std::vector<std::string> command_;
};

const json agent_phase{{"name", "design"},
                       {"run", "agent"},
                       {"subject", "agents.design"},
                       {"retry", {{"first", "50ms"}}},
                       {"timeouts", {{"heartbeat", "1s"}}}};
const json task_phase{{"name", "build"}, {"run", "task"}, {"queue", "builders"}};
const json parts{{"fetch", "fetch of {\"x\": 1}"}, {"make", "make of {\"x\": 1}"}, {"check", "check of {\"x\": 1}"}};

std::vector<std::string> python() { return {"python3", folder + "worker.py"}; }

} // namespace

TEST_CASE("the Python worker serves agent and task phases") {
  worked_system s(python());
  const auto worker = s.worker("0");
  s.start(agent_phase, "a-1", {{"x", 1}});
  CHECK(s.state("a-1") == json({{"x", 1}, {"design", parts}}));
  s.start(task_phase, "t-1", {{"x", 1}});
  CHECK(s.state("t-1") == json({{"x", 1}, {"build", parts}}));
  CHECK(worker->running());
}

TEST_CASE("what a killed Python worker has recorded of an agent phase is not done again") {
  worked_system s(python());
  auto worker = s.worker("0.7");
  s.start(agent_phase, "a-1", {{"x", 1}});
  REQUIRE(s.in_the_middle("a-1"));
  worker->kill_now();
  worker = s.worker("0");
  CHECK(s.state("a-1") == json({{"x", 1}, {"design", parts}}));
  CHECK(read_file(s.log()) == "a-1 design fetch\na-1 design make\na-1 design check\n");
}

TEST_CASE("the task of a killed Python worker goes to another one, which goes on behind the recorded steps") {
  worked_system s(python());
  auto worker = s.worker("0.7");
  s.start(task_phase, "t-1", {{"x", 1}});
  REQUIRE(s.in_the_middle("t-1"));
  worker->kill_now();
  worker = s.worker("0");
  CHECK(s.state("t-1") == json({{"x", 1}, {"build", parts}}));
  CHECK(read_file(s.log()) == "t-1 build fetch\nt-1 build make\nt-1 build check\n");
}

TEST_CASE("the Python worker lives through a restart of the node and of nats-server") {
  worked_system s(python());
  const auto worker = s.worker("0.7");
  s.start(agent_phase, "a-1", {{"x", 1}});
  REQUIRE(s.in_the_middle("a-1"));
  s.system.node().kill_now();
  s.system.nats().kill_now();
  s.system.start_nats();
  s.system.start_node();
  CHECK(s.state("a-1") == json({{"x", 1}, {"design", parts}}));
  const std::string log = read_file(s.log());
  CHECK(log.find("fetch") == log.rfind("fetch"));
}

TEST_CASE("the JavaScript worker is well formed") {
  if (!available({"node", "--version"})) {
    WARN("no node here: not looked at");
    return;
  }
  CHECK(available({"node", "--check", folder + "worker.mjs"}));
}
