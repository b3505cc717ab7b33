#include "tests/support/counted_workflows.hpp"

#include <catch2/catch.hpp>

#include "tests/support/eventually.hpp"

namespace ropewalk::tests {
namespace {

using nlohmann::json;

const json counted_child = {
    {"name", "small"},
    {"phases", {{{"name", "inner"}, {"run", "agent"}, {"subject", "agents.chaos"}, {"result", "/inner"}}}}};

// An agent's phase, a time, a thread's message, two branches, a child, and work that is undone where it failed.
const json counted_definition = {
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

} // namespace

counting_agent::counting_agent(system_client& s) : system_(s) {
  auto begun = s.client().subscribe("agents.chaos", "", [this](transport::nats_message m) { serve(m); });
  REQUIRE(begun);
  subscription_ = *std::move(begun);
  REQUIRE(s.client().flush(std::chrono::seconds(5)));
}

std::map<counting_agent::run_key, std::vector<std::string>> counting_agent::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

void counting_agent::serve(const transport::nats_message& m) {
  const json asked = json::parse(m.body());
  const std::string phase = asked["phase"], workflow = asked["workflow"];
  std::size_t count = 0;
  {
    const std::scoped_lock lock(mutex_);
    auto& phases = calls_[{workflow, asked["run"]}];
    phases.push_back(phase + (asked.value("compensation", false) ? "-undo" : ""));
    count = phases.size();
  }
  const bool fails = phase == "maybe" && counted_fails(std::stoi(workflow.substr(1)));
  const json said =
      fails ? json{{"error", {{"code", "no"}, {"message", "not this one"}}}} : json{{"result", {{"call", count}}}};
  (void)system_.client().publish(m.reply_to(), said.dump());
}

void define_counted(system_client& s) {
  for (const json& d : {counted_child, counted_definition})
    REQUIRE(s.ask("rw.v1.acme.workflows.define", {{"definition", d}}).code == 200);
}

std::string counted_id(int i) { return "w" + std::to_string(i); }

std::string insist(system_client& s, const std::string& workflow, const std::string& verb, const json& body,
                   const std::string& key) {
  std::map<std::string, std::string> headers;
  if (!key.empty()) headers["Rw-Idempotency-Key"] = key;
  answer said;
  const bool answered = eventually(
      [&] {
        said = s.ask("rw.v1.acme.workflow." + workflow + "." + verb, body, headers, std::chrono::seconds(2));
        return said.code != 0 && said.code != 503 && said.code != 504;
      },
      std::chrono::seconds(60));
  return answered && said.code == 200 ? std::string{} : workflow + "." + verb + ": " + said.body.dump();
}

std::string start_counted(system_client& s, int first, int count) {
  std::string refused;
  for (int i = first; i < first + count && refused.empty(); ++i) {
    const std::string id = counted_id(i);
    refused = insist(s, id, "start", {{"definition", "all-sorts"}, {"input", {{"thread", "t" + id}}}}, "start-" + id);
  }
  return refused;
}

answer end_of(system_client& s, const std::string& id) {
  const std::string subject = "rw.v1.acme.workflow." + id;
  answer ended;
  const bool over = eventually(
      [&] {
        ended = s.ask(subject + ".result", {{"wait_seconds", 5}});
        return ended.code == 200;
      },
      std::chrono::seconds(120));
  INFO(s.ask(subject + ".get", json::object()).body.dump(2));
  REQUIRE(over);
  return ended;
}

void check_counted(system_client& s, const counting_agent& agent, int i) {
  const std::string id = counted_id(i), subject = "rw.v1.acme.workflow." + id;
  INFO("workflow " << id);
  CHECK(end_of(s, id).body["status"] == (counted_fails(i) ? "failed" : "completed"));
  const auto calls = agent.calls();
  std::map<std::uint64_t, int> recorded;
  std::string cursor;
  std::map<std::string, int> completed;
  do {
    answer page; // 503: its owner changes at this moment
    REQUIRE(eventually(
        [&] {
          page = s.ask(subject + ".history", cursor.empty() ? json::object() : json{{"cursor", cursor}});
          return page.code == 200;
        },
        std::chrono::seconds(30)));
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
  answer told;
  REQUIRE(eventually(
      [&] {
        told = s.thread("t" + id, "messages");
        return told.code == 200;
      },
      std::chrono::seconds(30)));
  CHECK(told.body["messages"].size() == 1);
}

} // namespace ropewalk::tests
