#include "tests/cluster_chaos/workflow_load.hpp"

#include <set>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace ropewalk::chaos {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::answer;
using tests::eventually;

namespace {

json agent_phase(const char* phase) {
  return {{"name", phase},
          {"run", "agent"},
          {"subject", "agents.chaos"},
          {"retry", {{"attempts", 1000}, {"first", "100ms"}}}, // plain NATS may lose a request or its answer
          {"timeouts", {{"attempt", "5s"}}},
          {"result", std::string("/") + phase}};
}

json chaos_child() { return {{"name", "chaos-child"}, {"phases", json::array({agent_phase("inner")})}}; }

// An agent's phase, a time, a message to a thread, two branches and a child.
json chaos_parent() {
  return {{"name", "chaos"},
          {"phases",
           {agent_phase("one"),
            {{"name", "nap"}, {"run", "sleep"}, {"for", "200ms"}},
            {{"name", "tell"},
             {"run", "thread"},
             {"thread", {{"$", "/thread"}}},
             {"message", {{"role", "assistant"}, {"content", {{"$", "/thread"}}}}},
             {"result", "/told"}},
            {{"name", "both"},
             {"run", "parallel"},
             {"branches", {{"left", json::array({agent_phase("left")})}, {"right", json::array({agent_phase("right")})}}}},
            {{"name", "sub"}, {"run", "workflow"}, {"definition", "chaos-child"}, {"result", "/sub"}}}}};
}

bool is_open(const answer& said) { return said.code == 0 || said.code == 503 || said.code == 504; }

std::string workflow_verb(const std::string& id, const char* verb) { return "rw.v1.acme.workflow." + id + "." + verb; }

} // namespace

void define_chaos_workflows(const std::string& url) {
  load_client client(url);
  for (const json& d : {chaos_child(), chaos_parent()}) {
    answer said;
    if (!eventually(
            [&] {
              said = client.ask("rw.v1.acme.workflows.define", {{"definition", d}}, {}, 2s);
              return !is_open(said);
            },
            60s) ||
        said.code != 200)
      throw std::runtime_error("a definition is refused: " + said.body.dump());
  }
}

workflow_load::workflow_load(const std::string& url, const std::string& name, int per_second)
    : name_(name), per_second_(per_second), client_(url), agent_(url) {
  auto begun = agent_.client().subscribe("agents.chaos", "", [this](transport::nats_message m) { serve(m); });
  if (!begun || !agent_.client().flush(5s)) throw std::runtime_error("the agent cannot subscribe");
  subscription_ = *std::move(begun);
  thread_ = std::thread([this] { run(); });
}

workflow_load::~workflow_load() {
  finish();
  wait(0s);
}

bool workflow_load::wait(std::chrono::seconds patience) {
  const bool done = eventually([&] { return ended_.load(); }, patience);
  given_up_ = true;
  if (thread_.joinable()) thread_.join();
  return done;
}

std::size_t workflow_load::calls() const {
  const std::scoped_lock lock(mutex_);
  std::size_t n = 0;
  for (const auto& [run, times] : calls_) n += static_cast<std::size_t>(times);
  return n;
}

// Each answer has a number of its own: how often the run was asked for.
void workflow_load::serve(const transport::nats_message& m) {
  const json asked = json::parse(m.body());
  int count = 0;
  {
    const std::scoped_lock lock(mutex_);
    count = ++calls_[{asked.at("workflow"), asked.at("run")}];
  }
  (void)agent_.client().publish(m.reply_to(), json{{"result", {{"call", count}}}}.dump());
}

void workflow_load::run() {
  while (!finishing_ && per_second_ > 0) {
    const std::string id = name_ + "w" + std::to_string(started_.load());
    const json body{{"definition", "chaos"}, {"input", {{"thread", "t" + id}}}};
    answer said;
    while (!given_up_) {
      said = client_.ask(workflow_verb(id, "start"), body, {{"Rw-Idempotency-Key", "start"}, {"Rw-Ack", "peers:1"}}, 2s);
      if (!is_open(said)) break;
      std::this_thread::sleep_for(20ms);
    }
    if (said.code == 200) ++started_;
    else {
      refusals_.push_back(id + " is not started: " + std::to_string(said.code) + " " + said.body.dump());
      break;
    }
    for (int slept = 0; slept < 1000 / per_second_ && !finishing_; slept += 20) std::this_thread::sleep_for(20ms);
  }
  ended_ = true;
}

std::vector<std::string> workflow_load::check(std::chrono::seconds patience, bool strict) {
  std::vector<std::string> wrong = refusals_;
  const auto until = std::chrono::steady_clock::now() + patience;
  for (std::size_t i = 0; i < started_; ++i) {
    const std::string id = name_ + "w" + std::to_string(i);
    answer ended;
    while (true) {
      ended = client_.ask(workflow_verb(id, "result"), {{"wait_seconds", 2}}, {}, 5s);
      if (ended.code == 200 || std::chrono::steady_clock::now() > until) break;
      std::this_thread::sleep_for(20ms);
    }
    if (ended.code != 200 || ended.body.value("status", "") != "completed") {
      const answer shown = client_.ask(workflow_verb(id, "get"), json::object(), {}, 5s);
      wrong.push_back("workflow " + id + " did not end as it must: " + std::to_string(ended.code) + " " +
                      ended.body.dump() + "; " + shown.body.dump());
      continue;
    }
    for (auto& w : check_one(id, strict)) wrong.push_back(std::move(w));
  }
  return wrong;
}

std::vector<std::string> workflow_load::check_one(const std::string& id, bool strict) {
  std::vector<std::string> wrong;
  std::map<run_key, int> calls;
  {
    const std::scoped_lock lock(mutex_);
    calls = calls_;
  }
  std::map<std::uint64_t, int> recorded;
  std::string cursor;
  do {
    answer page; // an owner may change at this moment
    if (!eventually(
            [&] {
              page = client_.ask(workflow_verb(id, "history"), cursor.empty() ? json::object() : json{{"cursor", cursor}});
              return page.code == 200;
            },
            30s))
      return {"workflow " + id + " has no history: " + page.body.dump()};
    for (const json& e : page.body.at("events")) {
      if (e.at("type") != "completed") continue;
      const std::uint64_t run = e.at("run");
      if (++recorded[run] > 1) wrong.push_back("I7: run " + std::to_string(run) + " of " + id + " is recorded twice");
      const auto called = calls.find({id, run});
      if (called == calls.end()) continue;
      const int given = e.at("result").value("call", 0);
      if (given < 1 || given > called->second || (strict && given != called->second))
        wrong.push_back("I7: run " + std::to_string(run) + " of " + id + " has the result of call " +
                        std::to_string(given) + " and was called " + std::to_string(called->second) + " times");
    }
    cursor = page.body.value("next_cursor", "");
  } while (!cursor.empty());
  answer told;
  eventually(
      [&] {
        told = client_.thread("t" + id, "messages");
        return told.code == 200;
      },
      30s);
  if (told.code != 200 || told.body.at("messages").size() != 1)
    wrong.push_back("workflow " + id + " did not write to its thread once: " + told.body.dump());
  return wrong;
}

} // namespace ropewalk::chaos
