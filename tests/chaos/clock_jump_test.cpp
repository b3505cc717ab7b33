// A node under libfaketime, whose wall clock jumps by an hour while it runs: timers and schedules are neither early nor
// lost. The clock that counts elapsed time is left alone, as it is where an operator or NTP sets the time.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "runtime/instant.hpp"
#include "runtime/smooth_clock.hpp"
#include "tests/support/scheduled_instances.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

// "" where the package `faketime` is not installed.
std::string faketime_library() {
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    const auto file = folder.path() / "faketime" / "libfaketimeMT.so.1";
    std::error_code failed;
    if (std::filesystem::exists(file, failed)) return file.string();
  }
  return {};
}

// The hours by which the node's wall clock is off, in a file that libfaketime reads at every look at the clock.
class faked_clock {
public:
  faked_clock() { set(0); }
  void set(int hours) {
    const std::string beside = file_ + ".new";
    std::ofstream(beside) << (hours < 0 ? "" : "+") << hours * 3600 << "s\n";
    std::filesystem::rename(beside, file_);
  }
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"LD_PRELOAD", faketime_library()},
            {"FAKETIME_TIMESTAMP_FILE", file_},
            {"FAKETIME_NO_CACHE", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"NO_FAKE_STAT", "1"}};
  }

private:
  scratch_directory folder_;
  std::string file_ = folder_ / "offset";
};

bool can_fake_the_clock() {
  if (!faketime_library().empty()) return true;
  WARN("not run: libfaketime (package faketime) is not installed");
  return false;
}

constexpr auto nap = 6s;
// What recorded time may run ahead of elapsed time, with some to spare.
constexpr auto nap_at_least = nap - 1s;

void define_all(test_system& s) {
  define_workflow(s, {{"name", "nap"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "6s"}}}}});
  define_workflow(s, {{"name", "short"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}});
  const auto made = ask_schedule(
      s, "tick", "create",
      {{"schedule", {{"every", "2s"}, {"overlap", "allow_all"}, {"workflow", {{"definition", "short"}}}}}});
  REQUIRE(made.code == 200);
}

// Begins an instance that sleeps, lets the clock jump, and waits for its end: it must not come early.
void sleep_over_a_jump(test_system& s, faked_clock& clock, int to_hours) {
  const std::string id = "nap-" + std::to_string(to_hours) + "-" +
                         std::to_string(s.ask("rw.v1.acme.workflows.count", {}).body["count"].get<int>());
  INFO("the clock jumps to " << to_hours << " hours");
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(s.ask("rw.v1.acme.workflow." + id + ".start", {{"definition", "nap"}}).code == 200);
  const json runs_before = schedule_of(s, "tick")["runs"];
  clock.set(to_hours);
  const auto ended = s.ask("rw.v1.acme.workflow." + id + ".result", {{"wait_seconds", 50}}, {}, 60s);
  const auto took = std::chrono::steady_clock::now() - begun;
  INFO(ended.body.dump(2));
  REQUIRE(ended.code == 200);
  CHECK(ended.body["status"] == "completed");
  CHECK(took >= nap_at_least);
  // The schedule went on as time went by: once each two seconds, give or take one and the clock's leaning.
  const auto runs = schedule_of(s, "tick")["runs"].get<std::int64_t>() - runs_before.get<std::int64_t>();
  CHECK(runs >= 1);
  CHECK(runs <= std::chrono::duration_cast<std::chrono::seconds>(took).count() * 11 / 20 + 2);
}

void check_that_no_time_is_missing(test_system& s) {
  REQUIRE(ask_schedule(s, "tick", "pause").code == 200);
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["running_count"] == 0; }));
  const json schedule = schedule_of(s, "tick");
  INFO(schedule.dump(2));
  CHECK(schedule["skipped"] == 0);
  const auto all = instances_of(s, "tick");
  CHECK(all.size() == schedule["runs"].get<std::size_t>());
  std::int64_t before = 0;
  for (const auto& [time, status] : all) {
    INFO(time);
    const std::int64_t at = parse_rfc3339(time)->us;
    if (before != 0) CHECK(at - before == 2'000'000);
    before = at;
  }
}

} // namespace

TEST_CASE("a clock that jumps an hour, back and ahead, makes no timer early and loses none") {
  if (!can_fake_the_clock()) return;
  faked_clock clock;
  test_system s({}, clock.environment());
  const auto started = std::chrono::steady_clock::now();
  define_all(s);
  sleep_over_a_jump(s, clock, -1);
  sleep_over_a_jump(s, clock, 0);
  // In a node's first two minutes a step forward would be believed.
  const auto settled = started + std::chrono::microseconds(smooth_clock::settling_us) + 2s;
  REQUIRE(eventually([&] { return std::chrono::steady_clock::now() >= settled; }, 150s));
  sleep_over_a_jump(s, clock, 1);
  sleep_over_a_jump(s, clock, -1);
  sleep_over_a_jump(s, clock, 0);
  CHECK(s.node_log().find("clock jumped") != std::string::npos);
  check_that_no_time_is_missing(s);
}

TEST_CASE("a step forward in a node's first minutes is believed: what it made due comes at once, and once") {
  if (!can_fake_the_clock()) return;
  faked_clock clock;
  test_system s({}, clock.environment());
  define_all(s);
  define_workflow(s, {{"name", "hour"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "1h"}}}}});
  REQUIRE(s.ask("rw.v1.acme.workflow.w1.start", {{"definition", "hour"}}).code == 200);
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > 0; }));
  clock.set(1);
  const auto ended = s.ask("rw.v1.acme.workflow.w1.result", {{"wait_seconds", 80}}, {}, 90s);
  CHECK(ended.body["status"] == "completed");
  // An hour of times was missed; those of the last minute, the catch-up window, are made up for.
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["missed"] > 0; }, 80s));
  const json schedule = schedule_of(s, "tick");
  CHECK(schedule["missed"] >= 1740);
  CHECK(schedule["missed"] <= 1800);
  CHECK(schedule["runs"] >= 28);
}

TEST_CASE("a node that comes back with another clock starts no time twice") {
  if (!can_fake_the_clock()) return;
  faked_clock clock;
  test_system s({}, clock.environment());
  define_all(s);
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] >= 2; }));
  s.node().kill_now();
  clock.set(1);
  s.start_node();
  const json ahead = schedule_of(s, "tick");
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > ahead["runs"]; }));
  REQUIRE(ask_schedule(s, "tick", "pause").code == 200);
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["running_count"] == 0; }));
  const json before = schedule_of(s, "tick");
  CHECK(before["missed"] >= 1740);
  s.node().kill_now();
  clock.set(0);
  s.start_node();
  // An hour behind what is recorded: those times have been, and none of them comes again.
  REQUIRE(ask_schedule(s, "tick", "unpause").code == 200);
  REQUIRE(s.ask("rw.v1.acme.workflow.after.start", {{"definition", "nap"}}).code == 200);
  CHECK(s.ask("rw.v1.acme.workflow.after.result", {{"wait_seconds", 20}}, {}, 30s).body["status"] == "completed");
  CHECK(schedule_of(s, "tick")["runs"] == before["runs"]);
  CHECK(instances_of(s, "tick").size() == before["runs"].get<std::size_t>());
}
