// Many workflows of all kinds of phases at once, and kill -9 of the node, of workers and of nats-server in random order:
// each workflow ends as planned, nothing that is recorded is done again, no result is lost, each timer fires once and not
// early, each message stands in its thread once. ROPEWALK_KILLS=30 (of the node) for the long form.

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "runtime/instant.hpp"
#include "tests/support/counted_workflows.hpp"
#include "tests/chaos/storm_definition.hpp"
#include "tests/chaos/storm_log.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/long_form.hpp"
#include "tests/support/program.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

std::string in_the_future(std::int64_t ms) {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  return to_rfc3339({now.count() + ms * 1000});
}

struct kill_counts {
  int node = 0, workers = 0, nats = 0;
};

class storm {
public:
  static constexpr int workers_at_once = 3;

  storm() : system_(node_flags()) {
    for (const json& d : {drop_definition(), storm_definition()}) {
      const auto defined = system_.ask("rw.v1.acme.workflows.define", {{"definition", d}});
      INFO(defined.body.dump(2));
      REQUIRE(defined.code == 200);
    }
    for (int i = 0; i < workers_at_once; ++i) workers_.push_back(start_worker());
  }

  test_system& system() { return system_; }
  std::string log_file() const { return folder_ / "log"; }
  const kill_counts& kills() const { return kills_; }

  void kill_something(random_seed& seed) {
    const auto what = seed.below(8);
    if (what < 2) return kill_worker(seed);
    if (what >= 6) ++kills_.nats, system_.nats().kill_now();
    if (what != 6) ++kills_.node, system_.node().kill_now();
    if (what == 7 && seed.one_in(2)) kill_worker(seed);
    if (what >= 6) system_.start_nats();
    if (what != 6) system_.start_node();
  }

  std::vector<json> history(const std::string& id) {
    std::vector<json> events;
    std::string cursor;
    do {
      const auto page = system_.ask(transport::workflow_subject("rw", "acme", id, "history"),
                                    cursor.empty() ? json::object() : json{{"cursor", cursor}});
      INFO(page.body.dump(2));
      REQUIRE(page.code == 200);
      events.insert(events.end(), page.body["events"].begin(), page.body["events"].end());
      cursor = page.body.value("next_cursor", "");
    } while (!cursor.empty());
    return events;
  }

private:
  // A command that notes what it does, like the workers.
  std::vector<std::string> node_flags() {
    const std::string script = "id=$$-$(date +%N); echo exec $ROPEWALK_WORKFLOW $ROPEWALK_RUN $id >> " + log_file() +
                               "; echo \"{\\\"result\\\":{\\\"done\\\":\\\"$id\\\"}}\"";
    std::ofstream(folder_ / "commands.json") << json{{"note", {"sh", "-c", script}}};
    return {"--exec", "@" + (folder_ / "commands.json")};
  }
  child_process start_worker() {
    return child_process({"python3", std::string(ROPEWALK_SOURCE_DIR) + "/tests/chaos/storm_worker.py", "--nats",
                          system_.url(), "--org", "acme", "--agent", "agents.storm", "--task", "builders", "--at-once",
                          "32", "--ack-wait", "2", "--log", log_file()},
                         folder_ / "worker.out");
  }
  void kill_worker(random_seed& seed) {
    child_process& w = workers_[seed.below(workers_.size())];
    w.kill_now();
    w = start_worker();
    ++kills_.workers;
  }

  scratch_directory folder_;
  test_system system_;
  std::vector<child_process> workers_;
  kill_counts kills_;
};

std::string storm_id(int i) { return "w" + std::to_string(i); }
bool planned_to_fail(int i) { return i % 5 == 0; }

// What one instance's history says, by run.
struct told_runs {
  std::map<std::uint64_t, std::string> phase;
  std::map<std::uint64_t, json> result, step;
  std::map<std::uint64_t, std::int64_t> timer_us;
  std::map<std::uint64_t, int> fired;
  std::vector<std::string> undone; // phases, in the order in which they were compensated
  std::multiset<std::string> completed;
  std::string child;
  int signals = 0, taken = 0;
};

told_runs read_history(const std::vector<json>& events) {
  told_runs t;
  for (const json& e : events) {
    const std::string type = e["type"];
    const std::uint64_t run = e.value("run", 0U);
    if (type == "scheduled" || type == "compensation_scheduled") {
      t.phase[run] = e["phase"];
      if (e["deadlines"].contains("timer_us")) t.timer_us[run] = e["deadlines"]["timer_us"];
    } else if (type == "completed") {
      INFO("run " << run);
      CHECK(t.result.emplace(run, e["result"]).second); // once
      t.completed.insert(t.phase[run]);
    } else if (type == "compensation_completed") {
      t.undone.push_back(t.phase[run]);
    } else if (type == "step_completed") {
      CHECK(t.step.emplace(run, e["result"]).second);
    } else if (type == "timer_fired") {
      CHECK(++t.fired[run] == 1);
      const auto at = parse_rfc3339(e["time"].get<std::string>());
      REQUIRE(at);
      CHECK(at->us >= t.timer_us[run]);
    } else if (type == "child_started") {
      t.child = e["child"];
    }
    if (type == "signalled") ++t.signals;
    if (type == "signal_taken") ++t.taken;
  }
  return t;
}

// The result of a run that a worker did is what its step recorded, and one that somebody really did.
void check_runs(const std::string& id, const told_runs& t, const storm_log& log) {
  for (const auto& [run, result] : t.result) {
    if (!result.is_object() || !result.contains("done")) continue;
    const std::string& phase = t.phase.at(run);
    INFO("run " << run << ", " << phase);
    const auto did = log.done({id, run});
    const std::string name = result["done"];
    CHECK(std::count(did.begin(), did.end(), name) == 1);
    if (phase == "script") CHECK(did.back() == name); // commands of one run follow each other
    else CHECK(t.step.at(run) == name);
  }
}

void check_instance_of(storm& s, const storm_log& log, int i) {
  const std::string id = storm_id(i);
  INFO("workflow " << id);
  const auto ended = s.system().ask("rw.v1.acme.workflow." + id + ".result", json::object());
  INFO(ended.body.dump(2));
  REQUIRE(ended.code == 200);
  const told_runs t = read_history(s.history(id));
  const bool fails = planned_to_fail(i);
  CHECK(ended.body["status"] == (fails ? "failed" : "completed"));
  CHECK(t.undone == (fails ? std::vector<std::string>{"build", "reserve"} : std::vector<std::string>{}));
  std::multiset<std::string> planned{"reserve", "nap",  "build", "tell", "both",   "left", "right",
                                     "doze",    "each", "item",  "item", "script", "sub",  "approval"};
  if (!fails) planned.insert("maybe");
  CHECK(t.completed == planned);
  CHECK(t.fired.size() == 2);
  CHECK(t.signals == 1);
  CHECK(t.taken == 1);
  check_runs(id, t, log);
  const told_runs child = read_history(s.history(t.child));
  CHECK(child.completed == std::multiset<std::string>{"inner", "blink"});
  check_runs(t.child, child, log);
  const auto messages = s.system().thread("t-" + id, "messages").body["messages"];
  REQUIRE(messages.size() == 1);
  CHECK(messages[0]["content"] == "t-" + id);
}

} // namespace

TEST_CASE("workflows of all kinds of phases end as planned though node, workers and nats-server are killed") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const int count = long_form("ROPEWALK_WORKFLOWS", 200);
  const int kills = long_form("ROPEWALK_KILLS", 4);
  storm s;
  std::vector<std::int64_t> nap_ms, signal_ms;
  for (int i = 0; i < count; ++i) {
    nap_ms.push_back(static_cast<std::int64_t>(seed.below(500 + 500 * static_cast<std::uint64_t>(kills))));
    signal_ms.push_back(static_cast<std::int64_t>(seed.below(10)));
  }
  std::string refused;
  std::thread client([&] {
    for (int i = 0; i < count && refused.empty(); ++i) {
      const json input{{"thread", "t-" + storm_id(i)},
                       {"nap_until", in_the_future(nap_ms[static_cast<std::size_t>(i)])},
                       {"items", {1, 2}},
                       {"fails", planned_to_fail(i)}};
      refused = insist(s.system(), storm_id(i), "start", {{"definition", "storm"}, {"input", input}}, "start");
    }
    for (int i = 0; i < count && refused.empty(); ++i) {
      refused = insist(s.system(), storm_id(i), "signal", {{"name", "go"}, {"payload", {{"by", "ann"}}}}, "signal");
      std::this_thread::sleep_for(std::chrono::milliseconds(signal_ms[static_cast<std::size_t>(i)]));
    }
  });
  while (s.kills().node < kills) {
    std::this_thread::sleep_for(std::chrono::milliseconds(seed.below(700)));
    s.kill_something(seed);
  }
  client.join();
  REQUIRE(refused == "");
  for (int i = 0; i < count; ++i) {
    INFO("workflow " << storm_id(i));
    (void)end_of(s.system(), storm_id(i));
  }
  const storm_log log(read_file(s.log_file()));
  CHECK(log.violations() == std::vector<std::string>{});
  for (int i = 0; i < count; ++i) check_instance_of(s, log, i);
  CHECK(s.system().ask("rw.v1.acme.workflows.count", {{"status", "running"}}).body["count"] == 0);
  CHECK(s.system().node().stop() == 0);
  const auto verified = run_program(s.system(), "verify --data '" + s.system().data() + "'");
  INFO(verified.output << verified.trouble);
  CHECK(verified.code == 0);
  if (std::getenv("ROPEWALK_KILLS"))
    std::cout << seed.rerun() << "\n"
              << count << " workflows, killed: node " << s.kills().node << ", workers " << s.kills().workers
              << ", nats-server " << s.kills().nats << "; work done " << log.times() << " times\n";
}
