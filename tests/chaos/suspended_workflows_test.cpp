// What waits for a signal or a time alone costs a start nothing: it stays out of memory until its signal or its moment.

#include <catch2/catch.hpp>

#include <mutex>

#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;
namespace transport = ropewalk::transport;

namespace {

answer workflow(test_system& s, const std::string& id, const std::string& verb, const json& body = json::object()) {
  return s.ask("rw.v1.acme.workflow." + id + '.' + verb, body, {}, std::chrono::seconds(20));
}

void define(test_system& s, const std::string& name, const json& phase) {
  const auto made =
      s.ask("rw.v1.acme.workflows.define", {{"definition", {{"name", name}, {"phases", json::array({phase})}}}});
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
}

void start(test_system& s, const std::string& definition, const std::string& id) {
  const auto started = workflow(s, id, "start", {{"definition", definition}});
  INFO(started.body.dump(2));
  REQUIRE(started.code == 200);
}

// From the views: asking the instances themselves would wake them.
std::uint64_t completed(test_system& s, const std::string& definition) {
  return s.ask("rw.v1.acme.workflows.count", {{"definition", definition}, {"status", "completed"}}).body["count"];
}

std::uint64_t active(test_system& s) { return s.ask("rw.node.test.status", {}).body["active_entities"]; }

// A worker that never answers.
struct silent_agent {
  explicit silent_agent(test_system& s) {
    auto begun = s.client().subscribe("agents.silent", "", [this](const transport::nats_message& m) {
      const std::scoped_lock lock(mutex);
      asked.push_back(json::parse(m.body()));
    });
    REQUIRE(begun);
    subscription = *std::move(begun);
    REQUIRE(s.client().flush(std::chrono::seconds(5)));
  }
  std::size_t count() {
    const std::scoped_lock lock(mutex);
    return asked.size();
  }
  std::mutex mutex;
  std::vector<json> asked;
  std::unique_ptr<transport::nats_subscription> subscription;
};

void kill_and_start(test_system& s) {
  s.node().kill_now();
  s.start_node();
}

} // namespace

TEST_CASE("after a start only what is in somebody's hands is woken; signals and times find the others") {
  test_system s;
  silent_agent agent(s);
  define(s, "held", {{"name", "work"}, {"run", "agent"}, {"subject", "agents.silent"}});
  define(s, "waits",
         {{"name", "approval"}, {"run", "wait"}, {"signal", "go"}, {"deadline", "7d"}, {"result", "/said"}});
  define(s, "naps", {{"name", "nap"}, {"run", "sleep"}, {"for", "1h"}});
  define(s, "blinks", {{"name", "blink"}, {"run", "sleep"}, {"for", "300ms"}});
  start(s, "held", "h");
  for (int i = 0; i < 40; ++i) start(s, "waits", "w" + std::to_string(i));
  for (int i = 0; i < 10; ++i) start(s, "naps", "n" + std::to_string(i));
  REQUIRE(eventually([&] { return agent.count() == 1; }));

  kill_and_start(s);
  REQUIRE(eventually([&] { return agent.count() == 2; }));
  CHECK(agent.asked[1]["token"] == agent.asked[0]["token"]);
  CHECK(active(s) == 1);

  // A signal wakes the one that it is for.
  REQUIRE(workflow(s, "w7", "signal", {{"name", "go"}, {"payload", "yes"}}).code == 200);
  REQUIRE(eventually([&] { return completed(s, "waits") == 1; }));
  CHECK(active(s) == 2);
  CHECK(workflow(s, "w7", "result").body["state"]["said"] == "yes");

  // And a time, whether it came while the node was away or after.
  for (int i = 0; i < 5; ++i) start(s, "blinks", "b" + std::to_string(i));
  kill_and_start(s);
  REQUIRE(eventually([&] { return completed(s, "blinks") == 5; }));
  for (int i = 0; i < 5; ++i) {
    int fired = 0;
    const json events = workflow(s, "b" + std::to_string(i), "history").body["events"];
    for (const json& e : events) fired += e["type"] == "timer_fired";
    CHECK(fired == 1);
  }
  CHECK(workflow(s, "w8", "get").body["workflow"]["status"] == "running");
}
