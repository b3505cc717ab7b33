// Phases of kind `exec` with a real node: from the operator's list to the workflow's state, and to the end of processes.

#include <catch2/catch.hpp>

#include <signal.h>

#include <fstream>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// Commands write their process id into a file of their own and wait until there is another one.
class exec_system {
public:
  answer workflow(const std::string& id, const std::string& verb, const json& body = json::object()) {
    return system.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(40));
  }
  void start(const json& phases, const std::string& id, const json& input = json::object()) {
    const json document{{"name", "commands"}, {"phases", phases}};
    const auto defined = system.ask("rw.v1.acme.workflows.define", {{"definition", document}});
    INFO(defined.body.dump(2));
    REQUIRE(defined.code == 200);
    REQUIRE(workflow(id, "start", {{"definition", "commands"}, {"input", input}}).code == 200);
  }
  json ended(const std::string& id) {
    const auto end = workflow(id, "result", {{"wait_seconds", 30}});
    INFO(end.body.dump(2) << system.node_log());
    REQUIRE(end.code == 200);
    return end.body;
  }
  pid_t pid(const std::string& name) {
    const std::string file = folder / name;
    REQUIRE(eventually([&] { return read_file(file).ends_with('\n'); }));
    return std::stoi(read_file(file));
  }

  scratch_directory folder;
  test_system system{
      {"--exec", "double=sh -c 'sed \"s/.*\\\"n\\\":\\([0-9]*\\).*/{\\\"result\\\":{\\\"n\\\":\\1\\1}}/\"'"},
      {{"ROPEWALK_COMMANDS", folder.path()}}};
};

bool alive(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return (status >> number >> name >> state) && state != "Z";
}

// {"hold": …}: writes its process id into the file named by its argument, and waits until <file>.go is there.
std::string holding(const scratch_directory& folder) {
  return R"({"hold":["sh","-c","cd )" + folder.path() +
         R"(; echo $$ > $1; while [ ! -e $1.go ]; do sleep 0.05; done; echo '{\"result\":{\"held\":true}}'","hold"]})";
}

struct holding_system : exec_system {
  holding_system() {
    system.node().stop();
    std::ofstream(folder / "list.json") << holding(folder);
    node = child_process({test_system::binary(), "node", "--nats", system.url(), "--data", system.data(), "--name",
                          "test", "--exec", "@" + (folder / "list.json")},
                         system.scratch() / "second.log");
    REQUIRE(eventually(
        [&] { return system.ask("rw.node.test.health", {}, {}, std::chrono::milliseconds(300)).code == 200; }));
  }
  child_process node;
};

} // namespace

TEST_CASE("a command of the node's list does a phase, and another one is a final error") {
  exec_system s;
  s.start({{{"name", "grow"}, {"run", "exec"}, {"command", "double"}}}, "e-1", {{"n", 4}});
  const json done = s.ended("e-1");
  CHECK(done["status"] == "completed");
  CHECK(done["state"] == json{{"n", 44}});

  s.start({{{"name", "grow"}, {"run", "exec"}, {"command", "sh"}, {"args", {"-c", "true"}}}}, "e-2");
  const json failed = s.ended("e-2");
  CHECK(failed["status"] == "failed");
  CHECK(failed["error"]["code"] == "unknown_command");
  CHECK(s.workflow("e-2", "get").body["workflow"]["phase_runs"] == 1);
}

TEST_CASE("a command ends with its cancelled workflow, and with the time of its attempt") {
  holding_system s;
  s.start({{{"name", "hold"}, {"run", "exec"}, {"command", "hold"}, {"args", {"a"}}}}, "e-1");
  const pid_t first = s.pid("a");
  CHECK(alive(first));
  REQUIRE(s.workflow("e-1", "cancel", {{"reason", "enough"}}).code == 200);
  CHECK(eventually([&] { return !alive(first); }));
  CHECK(s.ended("e-1")["status"] == "cancelled");

  s.start({{{"name", "hold"},
            {"run", "exec"},
            {"command", "hold"},
            {"args", {"b"}},
            {"retry", {{"attempts", 1}}},
            {"timeouts", {{"attempt", "500ms"}}}}},
          "e-2");
  const pid_t second = s.pid("b");
  CHECK(s.ended("e-2")["error"]["code"] == "attempt_timeout");
  CHECK(eventually([&] { return !alive(second); }));
}

TEST_CASE("a killed node takes its commands with it, and the next one runs them again") {
  holding_system s;
  s.start({{{"name", "hold"}, {"run", "exec"}, {"command", "hold"}, {"args", {"c"}}}}, "e-1");
  const pid_t first = s.pid("c");
  s.node.kill_now();
  CHECK(eventually([&] { return !alive(first); }));
  std::ofstream(s.folder / "c.go") << "go";
  s.node = child_process({test_system::binary(), "node", "--nats", s.system.url(), "--data", s.system.data(), "--name",
                          "test", "--exec", "@" + (s.folder / "list.json")},
                         s.system.scratch() / "third.log");
  REQUIRE(eventually(
      [&] { return s.system.ask("rw.node.test.health", {}, {}, std::chrono::milliseconds(300)).code == 200; }));
  CHECK(s.ended("e-1")["state"] == json{{"held", true}});
  CHECK(s.pid("c") != first);
}

TEST_CASE("a node whose list cannot be run does not start, and says which command") {
  const scratch_directory dir;
  test_system system;
  system.node().stop();
  child_process node(
      {test_system::binary(), "node", "--nats", system.url(), "--data", system.data(), "--exec", "x=/no/such/program"},
      dir / "log");
  CHECK(node.wait(std::chrono::seconds(20)) == 2);
  CHECK(read_file(dir / "log").find("command \"x\": \"/no/such/program\" is no file that may be run") !=
        std::string::npos);
}
