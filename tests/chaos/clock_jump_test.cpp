// A node whose wall clock jumps by an hour, while it runs and while it is down: what waits for a time is neither early nor
// lost, and comes once. Lower bounds of durations are claims here; upper ones are patience, far below the hour.

#include <catch2/catch.hpp>

#include <map>
#include <mutex>

#include "runtime/instant.hpp"
#include "runtime/smooth_clock.hpp"
#include "tests/chaos/faked_clock.hpp"
#include "tests/support/scheduled_instances.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto nap_time = 5s;
const std::string nap_text = "5s";
// Recorded time runs faster than elapsed time by a tenth at most.
constexpr auto nap_at_least = std::chrono::duration_cast<std::chrono::microseconds>(nap_time) * 10 / 11;

const json definitions = {
    {{"name", "nap"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", nap_text}}}}},
    {{"name", "deadline"},
     {"phases",
      {{{"name", "ask"}, {"run", "wait"}, {"signal", "go"}, {"deadline", nap_text}, {"on_deadline", "end"}}}}},
    {{"name", "retry"},
     {"phases",
      {{{"name", "fails_once"},
        {"run", "agent"},
        {"subject", "agents.clock"},
        {"retry", {{"attempts", 2}, {"first", nap_text}}}}}}},
    {{"name", "held"},
     {"phases", {{{"name", "held"}, {"run", "agent"}, {"subject", "agents.clock"}, {"result", "/held"}}}}},
    {{"name", "long"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "40m"}}}}},
    {{"name", "hour"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "1h"}}}}},
    {{"name", "short"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}},
};

// A node under a clock that the test sets, and the agent of its workflows.
class clocked_system {
public:
  clocked_system() : system({}, clock.environment()) {
    auto begun = system.client().subscribe("agents.clock", "", [this](transport::nats_message m) { serve(m); });
    REQUIRE(begun);
    subscription_ = *std::move(begun);
    REQUIRE(system.client().flush(5s));
    for (const json& d : definitions) define_workflow(system, d);
  }
  ~clocked_system() { kill(); }

  void kill() {
    const pid_t process = system.node().pid();
    system.node().kill_now();
    faked_clock::clean_up_after(process);
  }
  void restart(int hours_ahead) {
    kill();
    clock.set(hours_ahead);
    system.start_node();
  }
  std::string clock_file() const { return system.data() + "/clock.json"; }
  // As though the node had begun two minutes ago: a step forward is not believed any more.
  void settle() {
    const pid_t process = system.node().pid();
    REQUIRE(system.node().stop() == 0);
    faked_clock::clean_up_after(process);
    json kept = json::parse(read_file(clock_file()));
    REQUIRE(kept["elapsed_us"] >= smooth_clock::settling_us);
    kept["begun_us"] = kept["elapsed_us"].get<std::int64_t>() - smooth_clock::settling_us;
    std::ofstream(clock_file()) << kept.dump();
    system.start_node();
  }

  answer ask(const std::string& id, const std::string& verb, const json& body = json::object()) {
    return system.ask("rw.v1.acme.workflow." + id + '.' + verb, body);
  }
  void start(const std::string& id, const std::string& definition) {
    REQUIRE(ask(id, "start", {{"definition", definition}}).code == 200);
  }
  std::string status(const std::string& id) {
    const auto got = ask(id, "get");
    return got.code == 200 ? got.body["workflow"]["status"].get<std::string>() : std::to_string(got.code);
  }
  // How often each type of event is in the instance's history.
  std::map<std::string, int> events(const std::string& id) {
    std::map<std::string, int> count;
    const auto page = ask(id, "history");
    REQUIRE(page.code == 200);
    for (const auto& e : page.body["events"]) ++count[e["type"]];
    return count;
  }
  // What the agent was asked for in that instance, each time.
  std::vector<json> asked(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    return asked_[id];
  }
  void answer_held() {
    const std::scoped_lock lock(mutex_);
    (void)system.client().publish(held_, json{{"result", "kept"}}.dump());
  }
  bool clock_was_seen_to_jump() const { return system.node_log().find("clock jumped") != std::string::npos; }

  faked_clock clock;
  test_system system;

private:
  void serve(const transport::nats_message& m) {
    const std::scoped_lock lock(mutex_);
    const json work = json::parse(m.body());
    asked_[work["workflow"]].push_back(work);
    if (work["phase"] == "held") held_ = m.reply_to();
    else if (work["attempt"] == 1)
      (void)system.client().publish(m.reply_to(), json{{"error", {{"code", "no"}, {"message", "not yet"}}}}.dump());
    else (void)system.client().publish(m.reply_to(), json{{"result", json::object()}}.dump());
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<json>> asked_;
  std::string held_; // where the newest request for it is answered
  std::unique_ptr<transport::nats_subscription> subscription_;
};

void schedule_each(test_system& s, const std::string& name, const json& when) {
  json document{{"overlap", "allow_all"}, {"workflow", {{"definition", "short"}}}};
  document.update(when);
  const auto made = ask_schedule(s, name, "create", {{"schedule", document}});
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
}

// What is due in half an hour or so: it must wait for that, whatever the clock says.
void begin_what_is_far(clocked_system& s) {
  s.start("long", "long");
  s.start("held", "held");
  REQUIRE(eventually([&] { return s.asked("held").size() == 1; }));
  REQUIRE(s.system.thread("kept", "create", {{"limits", {{"ttl_seconds", 1800}}}}).code == 200);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  schedule_each(s.system, "later", {{"every", "1h"}, {"offset", std::to_string((now + 30min).count() % 3600) + "s"}});
}

// Begins a sleep, a wait's deadline and a pause before a retry, lets the clock jump, and sees them end: not before their
// time, and once.
template <class Jump>
void wait_over_a_jump(clocked_system& s, const std::string& mark, const Jump& jump) {
  const std::vector<std::string> definitions_of{"nap", "deadline", "retry"};
  std::map<std::string, steady_clock::duration> took;
  const auto begun = steady_clock::now();
  for (const auto& d : definitions_of) s.start(d + mark, d);
  REQUIRE(eventually([&] { return s.events("retry" + mark)["attempt_failed"] == 1; }));
  jump();
  const json ticks = schedule_of(s.system, "tick")["runs"];
  const bool all_ended = eventually(
      [&] {
        for (const auto& d : definitions_of)
          if (!took.contains(d) && s.status(d + mark) == "completed") took[d] = steady_clock::now() - begun;
        return took.size() == definitions_of.size();
      },
      60s);
  for (const auto& d : definitions_of) {
    INFO(d + mark << ": " << s.ask(d + mark, "history").body.dump(2));
    REQUIRE(took.contains(d));
    CHECK(took[d] >= nap_at_least);
  }
  REQUIRE(all_ended);
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] > ticks; }));
  CHECK(s.clock_was_seen_to_jump());
  CHECK(s.events("nap" + mark)["timer_fired"] == 1);
  CHECK(s.events("deadline" + mark)["timer_fired"] == 1);
  CHECK(s.events("retry" + mark)["attempt_failed"] == 1);
  CHECK(s.asked("retry" + mark).size() == 2);
}

void check_what_is_far(clocked_system& s) {
  CHECK(s.status("long") == "running");
  CHECK(s.system.thread("kept", "get").code == 200);
  // A change makes a schedule look at its times again.
  REQUIRE(ask_schedule(s.system, "later", "pause").code == 200);
  CHECK(schedule_of(s.system, "later")["runs"] == 0);
  CHECK(schedule_of(s.system, "later")["missed"] == 0);
  CHECK(s.status("held") == "running");
  s.answer_held();
  REQUIRE(eventually([&] { return s.status("held") == "completed"; }));
  for (const json& work : s.asked("held")) CHECK(work["attempt"] == 1);
  CHECK(s.events("held").count("attempt_failed") == 0);
}

// One instance for each time, without a gap.
void check_each_time_once(test_system& s, const std::string& name, std::int64_t every_us) {
  REQUIRE(ask_schedule(s, name, "pause").code == 200);
  REQUIRE(eventually([&] { return schedule_of(s, name)["running_count"] == 0; }));
  const json schedule = schedule_of(s, name);
  INFO(schedule.dump(2));
  CHECK(schedule["skipped"] == 0);
  const auto all = instances_of(s, name);
  CHECK(all.size() == schedule["runs"].get<std::size_t>());
  std::int64_t before = 0;
  for (const auto& [time, status] : all) {
    INFO(time);
    CHECK(status == "completed");
    const std::int64_t at = parse_rfc3339(time)->us;
    if (before != 0) CHECK(at - before == every_us);
    before = at;
  }
}

// How many times of a schedule that fires each second fit into what has passed since, with the clock's leaning.
void check_no_more_than_passed(test_system& s, const std::string& name, steady_clock::time_point since) {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - since).count();
  CHECK(schedule_of(s, name)["runs"].get<std::int64_t>() <= passed * 11 / 10 + 2);
}

} // namespace

TEST_CASE(
    "a clock that jumps an hour ahead and back makes nothing early, late by the hour or twice in a node that runs") {
  clocked_system s;
  s.settle();
  begin_what_is_far(s);
  const auto since = steady_clock::now();
  schedule_each(s.system, "tick", {{"every", "1s"}});
  for (const int to : {1, -1, 0}) {
    INFO("the clock jumps to " << to << " hours");
    wait_over_a_jump(s, "-over" + std::to_string(to), [&] { s.clock.set(to); });
  }
  check_what_is_far(s);
  check_no_more_than_passed(s.system, "tick", since);
  check_each_time_once(s.system, "tick", 1'000'000);
}

TEST_CASE("a clock that jumps an hour while the node is down makes nothing early, late by the hour or twice") {
  clocked_system s;
  s.settle();
  begin_what_is_far(s);
  const auto since = steady_clock::now();
  schedule_each(s.system, "tick", {{"every", "1s"}});
  for (const int to : {1, -1, 0}) {
    INFO("the clock jumps to " << to << " hours");
    wait_over_a_jump(s, "-over" + std::to_string(to), [&] { s.restart(to); });
  }
  check_what_is_far(s);
  check_no_more_than_passed(s.system, "tick", since);
  check_each_time_once(s.system, "tick", 1'000'000);
}

TEST_CASE("a step forward in a node's first minutes is believed: what it made due comes at once, and once") {
  clocked_system s;
  schedule_each(s.system, "tick", {{"every", "2s"}});
  s.start("hour", "hour");
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] > 0; }));
  s.clock.set(1);
  REQUIRE(eventually([&] { return s.status("hour") == "completed"; }, 60s));
  CHECK(s.events("hour")["timer_fired"] == 1);
  // An hour of times was missed; those of the last minute, the catch-up window, are made up for.
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["missed"] > 0; }, 60s));
  const json schedule = schedule_of(s.system, "tick");
  CHECK(schedule["missed"] >= 1740);
  CHECK(schedule["missed"] <= 1800);
  CHECK(schedule["runs"] >= 28);
  // It has been taken over: a restart begins there, and not an hour back.
  const std::int64_t believed = schedule["runs"];
  s.restart(1);
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] > believed; }));
  CHECK(s.status("hour") == "completed");
}

TEST_CASE("after the machine's restart its clock is believed, and still starts no time twice and loses no timer") {
  clocked_system s;
  const auto restart_machine = [&s](int hours_ahead) {
    s.kill();
    REQUIRE(std::filesystem::remove(s.clock_file())); // of the boot before: as good as none
    s.clock.set(hours_ahead);
    s.system.start_node();
  };
  schedule_each(s.system, "tick", {{"every", "2s"}});
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] >= 2; }));
  restart_machine(1);
  const json ahead = schedule_of(s.system, "tick");
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] > ahead["runs"]; }));
  REQUIRE(ask_schedule(s.system, "tick", "pause").code == 200);
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["running_count"] == 0; }));
  const json before = schedule_of(s.system, "tick");
  CHECK(before["missed"] >= 1740);
  s.start("nap", "nap");

  restart_machine(0);
  // An hour behind what is recorded: those times have been, and none of them comes again.
  REQUIRE(ask_schedule(s.system, "tick", "unpause").code == 200);
  s.start("after", "nap");
  REQUIRE(eventually([&] { return s.status("after") == "completed"; }, 60s));
  CHECK(schedule_of(s.system, "tick")["runs"] == before["runs"]);
  CHECK(instances_of(s.system, "tick").size() == before["runs"].get<std::size_t>());
  CHECK(s.status("nap") == "running");

  // The clock is set right: what waited for that time comes.
  s.clock.set(1);
  REQUIRE(eventually([&] { return s.status("nap") == "completed"; }, 60s));
  CHECK(s.events("nap")["timer_fired"] == 1);
  // By itself a schedule looks at the clock once a minute, and at every command.
  REQUIRE(ask_schedule(s.system, "tick", "unpause").code == 200);
  REQUIRE(eventually([&] { return schedule_of(s.system, "tick")["runs"] > before["runs"]; }, 60s));
}
