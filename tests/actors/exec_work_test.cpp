// Phases of kind `exec` with real processes: what a command gets, what its output means, and that it ends.

#include <catch2/catch.hpp>

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "actors/exec_work.hpp"
#include "runtime/utf8.hpp"
#include "tests/actors/routed_requests.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using workflow::json_value;
using workflow::phase_kind;

namespace {

// `sh` stands for any program here; the runtime itself uses none.
using scripts = std::map<std::string, std::string>; // by the command's name
class exec_node {
public:
  explicit exec_node(const scripts& commands, std::size_t at_once = 8) {
    settings.exec_at_once = at_once;
    for (const auto& [name, script] : commands) settings.exec_commands[name] = {"sh", "-c", script, name};
    work.emplace(told, around, "rw", settings);
    REQUIRE(work->open());
  }

  void send(const std::string& command, std::uint64_t run, std::vector<std::string> arguments = {},
            std::optional<std::chrono::milliseconds> limit = {}, json_value input = json_value::object()) {
    work->send(some_instance, dispatch(command, run, std::move(arguments), limit, std::move(input)), "a-token");
  }
  workflow::dispatch dispatch(const std::string& command, std::uint64_t run, std::vector<std::string> arguments = {},
                              std::optional<std::chrono::milliseconds> limit = {},
                              json_value input = json_value::object()) {
    auto d = dispatch_of(phase_kind::exec, command, run, std::move(input));
    d.arguments = std::move(arguments);
    if (limit) d.due.attempt = instant{around.look().now.us + std::chrono::microseconds(*limit).count()};
    return d;
  }
  workflow::complete run(const std::string& command, std::vector<std::string> arguments = {},
                         json_value input = json_value::object()) {
    send(command, ++runs_, std::move(arguments), {}, std::move(input));
    return told.completed(runs_);
  }

  routed_requests told;
  actors::system_surroundings around;
  actors::node_settings settings;
  std::optional<actors::exec_work> work;

private:
  std::uint64_t runs_ = 1000;
};

// A folder of the test, whose files are named as texts.
class test_folder {
public:
  std::string operator/(const std::string& name) const { return (directory_.path() / name).string(); }

private:
  scratch_directory directory_;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool alive(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return (status >> number >> name >> state) && state != "Z";
}

pid_t pid_in(const std::string& file) {
  REQUIRE(eventually([&] { return !read_file(file).empty() && read_file(file).back() == '\n'; }));
  return std::stoi(read_file(file));
}

} // namespace

TEST_CASE("a command gets the work on its input and the phase's arguments, and its output is the result") {
  exec_node node(scripts{{"echo", R"sh(printf '{"result":{"args":["%s","%s"],"work":%s}}' "$1" "$2" "$(cat)")sh"}});
  const auto done = node.run("echo", {"one; rm -rf /", "$HOME"}, {{"size", 3}});
  const json_value& result = result_of(done);
  CHECK(result["args"] == json_value({"one; rm -rf /", "$HOME"}));
  CHECK(result["work"]["input"] == json_value({{"size", 3}}));
  CHECK(result["work"]["workflow"] == "order-7");
  CHECK(result["work"]["token"] == "a-token");
  CHECK(result["work"]["subject"] == "rw.v1.acme.workflow.order-7");
  CHECK(done.from == "exec echo");
  CHECK(done.attempt == 1);
}

TEST_CASE("an input larger than a pipe arrives whole") {
  exec_node node(scripts{{"count", R"sh(n=$(wc -c); printf '{"result":%d}' "$n")sh"}});
  const auto done = node.run("count", {}, {{"text", std::string(3 << 20, 'x')}});
  CHECK(result_of(done).get<int>() > 3 << 20);
}

TEST_CASE("a command has the environment of its run and nothing of the node's") {
  setenv("ROPEWALK_SECRET", "hush", 1);
  setenv("API_KEY", "hush", 1);
  exec_node node(
      scripts{{"env", R"sh(env | cut -d= -f1 | sort | sed 's/.*/"&"/' | paste -sd, | sed 's/.*/{"result":[&]}/')sh"},
              {"run", R"sh(printf '{"result":"%s/%s/%s"}' "$ROPEWALK_ORG" "$ROPEWALK_WORKFLOW" "$ROPEWALK_RUN")sh"}});
  const auto names = result_of(node.run("env")).get<std::set<std::string>>();
  unsetenv("ROPEWALK_SECRET");
  unsetenv("API_KEY");
  for (const std::string& name : names) {
    INFO(name);
    CHECK(std::set<std::string>{"PATH", "HOME", "LANG", "PWD", "SHLVL", "OLDPWD", "_", "ROPEWALK_ORG",
                                "ROPEWALK_WORKFLOW", "ROPEWALK_PHASE", "ROPEWALK_RUN", "ROPEWALK_ATTEMPT"}
              .contains(name));
  }
  CHECK(names.contains("ROPEWALK_RUN"));
  node.send("run", 42);
  CHECK(result_of(node.told.completed(42)) == "acme/order-7/42");
}

TEST_CASE("a command has three descriptors, no signal is blocked or ignored, and a process group of its own") {
  const int open_without_cloexec = dup(2);
  struct sigaction ignored = {}, before = {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &before);
  exec_node node(scripts{
      {"fds", R"sh(set -- /proc/$$/fd/*; printf '{"result":%d}' $#)sh"},
      {"signals", R"sh(printf '{"result":"%s"}' "$(grep -E '^Sig(Blk|Ign)' /proc/$$/status | tr -d '\n\t')")sh"},
      {"group", R"sh(printf '{"result":[%s,%s]}' $$ "$(cut -d' ' -f5 /proc/$$/stat)")sh"}});
  CHECK(result_of(node.run("fds")) == 4); // with the one that the shell opens to look
  CHECK(result_of(node.run("signals")) == "SigBlk:0000000000000000SigIgn:0000000000000000");
  const auto group = result_of(node.run("group"));
  CHECK(group[0] == group[1]);
  sigaction(SIGPIPE, &before, nullptr);
  close(open_without_cloexec);
}

TEST_CASE("a command that is not on the list is a final error, and nothing is run") {
  exec_node node(scripts{{"known", "true"}});
  const auto done = node.run("unknown");
  CHECK(failure_of(done).what.code == "unknown_command");
  CHECK(failure_of(done).final);
  exec_node none(scripts{});
  CHECK(failure_of(none.run("sh")).what.code == "unknown_command");
}

TEST_CASE("what a command says of its failure is the attempt's error") {
  exec_node node(scripts{
      {"refuse", R"sh(echo '{"error":{"code":"no_paper","message":"the tray is empty","final":true}}'; exit 3)sh"},
      {"late", R"sh(echo '{"result":5}'; exit 3)sh"},
      {"exit", "echo 'first'; printf 'one\\n\\033[31mtwo\\377\\n' >&2; exit 7"},
      {"silent", "exit 9"},
      {"signal", "echo 'dying' >&2; kill -SEGV $$"},
      {"rubbish", "echo 'not JSON'"},
      {"nothing", "true"},
      {"both", R"sh(echo '{"result":1,"error":{"code":"x"}}')sh"}});
  const auto refused = node.run("refuse");
  CHECK(failure_of(refused).what.code == "no_paper");
  CHECK(failure_of(refused).what.message == "the tray is empty");
  CHECK(failure_of(refused).final);
  CHECK(result_of(node.run("late")) == 5);
  const auto exited = node.run("exit");
  CHECK(failure_of(exited).what.code == "exit_7");
  CHECK(failure_of(exited).what.message == "one\n\xEF\xBF\xBD[31mtwo\xEF\xBF\xBD");
  CHECK_FALSE(failure_of(exited).final);
  CHECK(failure_of(node.run("silent")).what.message == "ended with status 9 and nothing on standard error");
  CHECK(failure_of(node.run("signal")).what.code == "signal_11");
  CHECK(failure_of(node.run("signal")).what.message == "dying");
  for (const char* name : {"rubbish", "nothing", "both"}) CHECK(failure_of(node.run(name)).what.code == "bad_result");
}

TEST_CASE("of standard error the end is kept") {
  exec_node node(
      scripts{{"chatty", "i=0; while [ $i -lt 20000 ]; do echo \"line $i é\" >&2; i=$((i+1)); done; exit 1"}});
  const std::string said = failure_of(node.run("chatty")).what.message;
  CHECK(said.size() <= limits::error_message_bytes);
  CHECK(said.size() > limits::error_message_bytes - 100);
  CHECK(said.ends_with("line 19999 é"));
  CHECK(is_utf8(said));
}

TEST_CASE("a flood of output ends its command, and others go on") {
  exec_node node(
      scripts{{"flood", "trap '' TERM PIPE; while :; do echo 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'; done"},
              {"errors", "yes >&2"},
              {"fine", "echo '{\"result\":1}'"}});
  node.send("errors", 2);
  CHECK(failure_of(node.run("flood")).what.code == "result_too_large");
  CHECK(result_of(node.run("fine")) == 1);
  CHECK(node.told.count<workflow::complete>() == 0);
  node.work->call_off(some_instance, 2);
}

TEST_CASE("a command that never reads its input, or closes it, is none the worse for it") {
  exec_node node(scripts{{"deaf", "echo '{\"result\":1}'"}, {"closes", "exec 0<&-; sleep 0.2; echo '{\"result\":2}'"}});
  const json_value much{{"text", std::string(1 << 20, 'x')}};
  CHECK(result_of(node.run("deaf", {}, much)) == 1);
  CHECK(result_of(node.run("closes", {}, much)) == 2);
}

TEST_CASE("a command that closes its output and lives on is waited for") {
  exec_node node(scripts{{"quiet", "echo '{\"result\":1}'; exec 1>&- 2>&-; sleep 0.3; exit 4"}});
  CHECK(result_of(node.run("quiet")) == 1);
}

TEST_CASE("the time of an attempt ends its command, also one that ignores SIGTERM") {
  test_folder dir;
  exec_node node(
      scripts{{"hangs", "echo $$ > " + (dir / "hangs") + "; sleep 1000"},
              {"stubborn", "trap '' TERM; echo $$ > " + (dir / "stubborn") + "; while :; do sleep 1; done"},
              {"stopped", "echo $$ > " + (dir / "stopped") + "; kill -STOP $$"},
              {"polite", "trap 'echo \"{\\\"result\\\":\\\"in time\\\"}\"; exit 0' TERM; sleep 1000 & wait"}});
  node.send("hangs", 1, {}, 300ms);
  node.send("stubborn", 2, {}, 300ms);
  node.send("stopped", 3, {}, 300ms);
  node.send("polite", 4, {}, 300ms);
  for (const std::uint64_t run : {1, 2, 3}) {
    const auto done = node.told.completed(run);
    CHECK(failure_of(done).what.code == "attempt_timeout");
    CHECK_FALSE(failure_of(done).final);
  }
  CHECK(result_of(node.told.completed(4)) == "in time");
  for (const char* name : {"hangs", "stubborn", "stopped"}) CHECK_FALSE(alive(pid_in(dir / name)));
}

TEST_CASE("what is called off ends with all that it started, and nothing is said") {
  test_folder dir;
  exec_node node(
      scripts{{"family", "sleep 1000 & echo $! > " + (dir / "child") + "; echo $$ > " + (dir / "self") + "; wait"}});
  node.send("family", 1);
  const pid_t self = pid_in(dir / "self"), child = pid_in(dir / "child");
  CHECK(alive(self));
  node.work->call_off(some_instance, 1);
  CHECK(eventually([&] { return !alive(self) && !alive(child); }));
  CHECK(node.told.count<workflow::complete>() == 0);
}

TEST_CASE("what a command leaves behind in its group ends with it, and does not hold its result up") {
  test_folder dir;
  exec_node node(scripts{{"leaves", "sleep 1000 & echo $! > " + (dir / "left") + "; echo '{\"result\":1}'"}});
  CHECK(result_of(node.run("leaves")) == 1);
  const pid_t left = pid_in(dir / "left");
  CHECK(eventually([&] { return !alive(left); }));
}

TEST_CASE("nothing outlives the node") {
  test_folder dir;
  std::vector<pid_t> pids;
  {
    exec_node node(
        scripts{{"family", "sleep 1000 & echo $! > " + (dir / "child") + "; echo $$ > " + (dir / "self") + "; wait"},
                {"stubborn", "trap '' TERM; echo $$ > " + (dir / "stubborn") + "; while :; do sleep 1; done"}});
    node.send("family", 1);
    node.send("stubborn", 2);
    for (const char* name : {"self", "child", "stubborn"}) pids.push_back(pid_in(dir / name));
    node.work->close();
    CHECK(node.told.count<workflow::complete>() == 0);
    node.send("family", 3); // after the end: nothing
  }
  for (const pid_t pid : pids) CHECK_FALSE(alive(pid));
}

TEST_CASE("an attempt that is under way is not started twice, and the next one ends the one before") {
  test_folder dir;
  exec_node node(scripts{{"once", "echo $$ >> " + (dir / "pids") + "; sleep 1000"}});
  auto d = node.dispatch("once", 1);
  node.work->send(some_instance, d, "t");
  node.work->send(some_instance, d, "t");
  const pid_t first = pid_in(dir / "pids");
  node.work->send(some_instance, d, "t");
  d.attempt = 2;
  node.work->send(some_instance, d, "t");
  CHECK(eventually([&] { return !alive(first); }));
  const auto lines = [&] {
    const std::string all = read_file(dir / "pids");
    return std::count(all.begin(), all.end(), '\n');
  };
  CHECK(eventually([&] { return lines() == 2; }));
  node.work->close();
  CHECK(lines() == 2);
}

TEST_CASE("so many run at a time; who waits for long goes back to its instance") {
  test_folder dir;
  exec_node node(scripts{{"slow", "echo $$ >> " + (dir / "pids") + "; while [ ! -e " + (dir / "go") +
                                      " ]; do sleep 0.05; done; echo '{\"result\":1}'"}},
                 2);
  for (const std::uint64_t run : {1, 2}) node.send("slow", run);
  CHECK(eventually([&] { return read_file(dir / "pids").size() > 2 && node.told.count<workflow::heartbeat>() == 2; }));
  node.send("slow", 3, {}, 600ms);
  node.send("slow", 4);
  const auto back = node.told.wait<workflow::dispatch_refused>([](const auto&) { return true; });
  CHECK(back.run == 3);
  CHECK(back.attempt == 1);
  std::ofstream(dir / "go") << "go";
  for (const std::uint64_t run : {1, 2, 4}) CHECK(result_of(node.told.completed(run)) == 1);
  node.send("slow", 3, {}, 60s);
  CHECK(result_of(node.told.completed(3)) == 1);
  const std::string all = read_file(dir / "pids");
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
}

TEST_CASE("signs of life before the reply are passed on") {
  exec_node node(scripts{{"works", R"sh(echo '{"progress":{"pages":1}}'; sleep 0.3; echo '{"heartbeat":true}'; sleep 0.3
                               echo '{"progress":{"pages":2}}'; echo '{"result":'; echo '{"progress":3}}')sh"}});
  node.send("works", 1);
  const auto said = [&](const json_value& progress) {
    return node.told.wait<workflow::heartbeat>([&](const auto& h) { return h.progress == progress; });
  };
  CHECK(said({{"pages", 1}}).run == 1);
  CHECK(result_of(node.told.completed(1)) == json_value({{"progress", 3}}));
}

TEST_CASE("a sign of life begins the time of an attempt anew, where silence has no bound of its own") {
  exec_node node(scripts{
      {"works",
       R"sh(for i in 1 2 3 4 5 6 7 8; do sleep 0.25; echo '{"heartbeat":true}'; done; echo '{"result":1}')sh"}});
  node.send("works", 1, {}, 1000ms);
  CHECK(result_of(node.told.completed(1)) == 1);
}

TEST_CASE("a program that is gone, or no program, is an error that says so") {
  test_folder dir;
  const auto make = [&](const std::string& name, const std::string& text) {
    std::ofstream(dir / name) << text;
    chmod((dir / name).c_str(), 0700);
  };
  make("gone", "#!/bin/sh\n");
  make("odd", "no program at all");
  routed_requests told;
  actors::system_surroundings around;
  actors::node_settings settings;
  settings.exec_commands = {{"gone", {dir / "gone"}}, {"odd", {dir / "odd"}}};
  actors::exec_work work(told, around, "rw", settings);
  REQUIRE(work.open());
  REQUIRE(unlink((dir / "gone").c_str()) == 0);
  work.send(some_instance, dispatch_of(phase_kind::exec, "gone", 1), "t");
  work.send(some_instance, dispatch_of(phase_kind::exec, "odd", 2), "t");
  const auto gone = told.completed(1);
  CHECK(failure_of(gone).what.code == "exec_failed");
  CHECK(failure_of(gone).what.message == (dir / "gone") + " cannot be run: No such file or directory");
  CHECK(failure_of(told.completed(2)).what.message == (dir / "odd") + " cannot be run: Exec format error");
}

TEST_CASE("a list that cannot be run is refused at the start") {
  const auto refusal = [](std::string name, std::vector<std::string> words, std::size_t at_once = 8) {
    routed_requests told;
    actors::system_surroundings around;
    actors::node_settings settings;
    settings.exec_commands = {{std::move(name), std::move(words)}};
    settings.exec_at_once = at_once;
    actors::exec_work work(told, around, "rw", settings);
    const auto opened = work.open();
    return opened ? std::string() : opened.error().detail;
  };
  CHECK(refusal("fine", {"sh"}) == "");
  CHECK(refusal("x", {"no-such-program-here"}) == "command \"x\": \"no-such-program-here\" is in no folder of PATH");
  CHECK(refusal("x", {"/etc/passwd"}) == "command \"x\": \"/etc/passwd\" is no file that may be run");
  CHECK(refusal("x", {"/"}) == "command \"x\": \"/\" is no file that may be run");
  CHECK(refusal("x", {}) == "command \"x\" must have a program");
  CHECK(refusal("a b", {"sh"}).starts_with("a command's name "));
  CHECK(refusal("x", {"sh"}, 0) == "exec_at_once must be 1 to 1000");
}
