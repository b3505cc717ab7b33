// Schedules under kill -9 of the node: each time starts one instance, whatever dies in between.

#include <catch2/catch.hpp>

#include "runtime/instant.hpp"
#include "tests/random_seed.hpp"
#include "tests/support/scheduled_instances.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

const json nothing_to_do{{"name", "note"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}};

void make_schedule(test_system& s, const std::string& name, const std::string& definition = "note") {
  const auto made = ask_schedule(
      s, name, "create",
      {{"schedule", {{"every", "1s"}, {"workflow", {{"definition", definition}}}, {"overlap", "allow_all"}}}});
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
}

// Nothing is outstanding, and as many instances are there as the schedule counts, one for each second.
void check_no_gap(test_system& s, const std::string& name) {
  REQUIRE(eventually([&] { return ask_schedule(s, name, "pause").code == 200; }));
  json schedule;
  REQUIRE(eventually([&] {
    schedule = schedule_of(s, name);
    return schedule["running_count"] == 0;
  }));
  INFO(schedule.dump(2));
  CHECK(schedule["skipped"] == 0);
  const auto started = instances_of(s, name);
  CHECK(started.size() == schedule["runs"].get<std::size_t>());
  std::int64_t before = 0;
  for (const auto& [time, status] : started) {
    INFO(time);
    CHECK(status == "completed");
    const std::int64_t at = parse_rfc3339(time)->us;
    if (before != 0) CHECK(at - before == 1'000'000);
    before = at;
  }
}

} // namespace

TEST_CASE("a schedule's time starts one instance, from every place where its node can die") {
  for (const char* point : {"schedule.decided", "schedule.before_effect", "schedule.after_effects", "workflow.started",
                            "workflow.before_effect", "journal.before_commit", "journal.after_commit"})
    for (const int nth : {1, 4}) {
      INFO(point << "@" << nth);
      test_system s;
      define_workflow(s, nothing_to_do);
      make_schedule(s, "tick");
      REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > 0; }));
      REQUIRE(s.ask("rw.node.test.fault", {{"points", std::string(point) + "=kill@" + std::to_string(nth)}}).code ==
              200);
      REQUIRE(eventually([&] { return !s.node().running(); }, std::chrono::seconds(30)));
      s.start_node();
      const auto then = schedule_of(s, "tick");
      REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > then["runs"]; }));
      check_no_gap(s, "tick");
    }
}

TEST_CASE("schedules and their instances survive kills at random moments, each time once") {
  random_seed seed;
  CAPTURE(seed.rerun());
  test_system s;
  define_workflow(s, nothing_to_do);
  const std::vector<std::string> names{"a", "b", "c", "d"}; // in several partitions, as are their instances
  for (const auto& name : names) make_schedule(s, name);
  const char* given = std::getenv("ROPEWALK_KILLS");
  for (int kills = given ? std::atoi(given) : 5; kills > 0; --kills) {
    const timespec pause{static_cast<time_t>(seed.below(2)), static_cast<long>(seed.below(1'000)) * 1'000'000};
    nanosleep(&pause, nullptr);
    s.node().kill_now();
    s.start_node();
  }
  for (const auto& name : names) check_no_gap(s, name);
}

TEST_CASE("a schedule's own crash costs no start") {
  test_system s;
  define_workflow(s, nothing_to_do);
  make_schedule(s, "tick");
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > 0; }));
  REQUIRE(s.ask("rw.node.test.fault", {{"points", "schedule.decided=throw@3"}}).code == 200);
  REQUIRE(eventually([&] { return s.node_log().find("an entity crashed") != std::string::npos; }));
  const auto then = schedule_of(s, "tick");
  REQUIRE(eventually([&] { return schedule_of(s, "tick")["runs"] > then["runs"]; }));
  check_no_gap(s, "tick");
}
