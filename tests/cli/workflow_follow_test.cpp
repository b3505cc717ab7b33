// Verbs that follow an instance while it goes on, also over a nats-server that is killed.

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/dev_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* definition =
    R"({"name":"two","phases":[{"name":"first","run":"wait","signal":"one"},{"name":"second","run":"wait","signal":"two"}]})";

std::vector<nlohmann::json> json_lines_of(const std::string& file) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("{") && line.ends_with("}")) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

void must(const dev_system& dev, const std::string& command) {
  const command_result r = dev.run(command);
  INFO(command << ": " << r.output);
  REQUIRE(r.code == 0);
}

} // namespace

TEST_CASE("history --follow shows each event once, in order, and ends with the instance") {
  dev_system dev;
  must(dev, std::string("echo '") + definition + "' | ropewalk workflow define -");
  must(dev, "ropewalk workflow start two --id w1");
  const std::string log = dev.scratch() / "follow.log";
  child_process follower = dev.start("ropewalk workflow history w1 --follow -o jsonl", log);
  REQUIRE(eventually([&] { return json_lines_of(log).size() >= 2; }));
  must(dev, "ropewalk workflow signal w1 one");
  kill(dev.nats_server(), SIGKILL); // dev starts another one
  REQUIRE(eventually(
      [&] { return dev.run("ropewalk workflow signal w1 two --timeout 2s --idempotency-key k").code == 0; }));
  CHECK(follower.wait(30s) == 0);
  const auto events = json_lines_of(log);
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].at("version") == i + 1);
  const nlohmann::json whole = nlohmann::json::parse(dev.run("ropewalk workflow history w1 -o json").output);
  // What follows the end is a recorded answer, if anything.
  CHECK(events.size() + 1 >= whole.at("events").size());
  bool ended = false;
  for (const auto& e : events) ended = ended || e.at("type") == "ended";
  CHECK(ended);
}

TEST_CASE("get --watch shows every standing until the instance is over, result and start wait for it") {
  dev_system dev;
  must(dev, std::string("echo '") + definition + "' | ropewalk workflow define -");
  must(dev, "ropewalk workflow start two --id w2");
  const std::string log = dev.scratch() / "watch.log", waiting = dev.scratch() / "result.log",
                    starting = dev.scratch() / "start.log";
  child_process watcher = dev.start("ropewalk workflow get w2 --watch -o jsonl", log);
  child_process waiter = dev.start("ropewalk workflow result w2 --wait 1h -o jsonl", waiting);
  child_process starter = dev.start("ropewalk workflow start two --id w3 --wait -o jsonl", starting);
  REQUIRE(eventually([&] { return json_lines_of(log).size() == 1; }));
  CHECK(json_lines_of(log).front().at("workflow").at("runs").at(0).at("phase") == "first");
  must(dev, "ropewalk workflow signal w2 one");
  REQUIRE(
      eventually([&] { return json_lines_of(log).back().at("workflow").at("runs").at(0).at("phase") == "second"; }));
  CHECK(watcher.running());
  CHECK(waiter.running());
  must(dev, "ropewalk workflow signal w2 two --payload '{\"all\":7}'");
  CHECK(watcher.wait(30s) == 0);
  CHECK(waiter.wait(30s) == 0);
  CHECK(json_lines_of(log).back().at("workflow").at("status") == "completed");
  CHECK(json_lines_of(waiting).back().at("state").at("all") == 7);
  must(dev, "ropewalk workflow terminate w3 --yes");
  CHECK(starter.wait(30s) == 1);
  CHECK(json_lines_of(starting).back().at("status") == "terminated");
}

TEST_CASE("a wait that is over says so with its own code") {
  dev_system dev;
  must(dev, std::string("echo '") + definition + "' | ropewalk workflow define -");
  must(dev, "ropewalk workflow start two --id w4");
  CHECK(dev.run("ropewalk workflow result w4 --wait 1s").code == 5);
  CHECK(dev.run("ropewalk workflow result nosuch --wait 1h").code == 3);
}
