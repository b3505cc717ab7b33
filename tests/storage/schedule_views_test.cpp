// Schedules as their machine makes them, in a journal, beside their states: what the views must show.

#include <map>

#include "runtime/schedule/replies.hpp"
#include "storage/schedule_queries.hpp"
#include "tests/random_seed.hpp"
#include "tests/runtime/schedule_driver.hpp"
#include "tests/storage/workflow_world.hpp"

namespace ropewalk::storage {
namespace {

using namespace ropewalk::tests;
using schedule::tests::schedule_driver;

struct schedule_world {
  workflow_world files;
  std::map<std::pair<std::string, std::string>, schedule_driver> schedules;
  std::map<std::pair<std::string, std::string>, std::size_t> written;

  void command(const std::string& org, const std::string& name, const schedule::command& c, bool keyed = false) {
    schedule_driver& s = schedules[{org, name}];
    s.who = {org, entity_kind::schedule, name};
    s.now = std::max(instant{files.now_us += 1'000'000}, s.now);
    files.now_us = s.now.us;
    (void)s.attempt(c, keyed ? "k" + std::to_string(files.now_us) : "");
    for (auto& done = written[{org, name}]; done < s.recorded.size(); ++done) files.record(s.who, s.recorded[done]);
  }
  void put(const std::string& org, const std::string& name, const std::string& fields,
           const std::string& definition = "d", std::optional<bool> paused = {}) {
    const auto document =
        workflow::json_value::parse('{' + fields + R"(,"workflow":{"definition":")" + definition + "\"}}");
    command(org, name, schedule::write{schedule::put{document, schedule::put_mode::apply, paused, {}}});
  }
};

schedule::shared_zone zone_of(const std::string& name) {
  const schedule_driver one;
  if (name == "UTC") return std::make_shared<const schedule::time_zone>();
  for (const auto& z : one.known.zones)
    if (z->name() == name) return z;
  return nullptr;
}

std::vector<std::string> names_of(const result<schedule_page>& page) {
  if (!page) FAIL(page.error().detail);
  std::vector<std::string> all;
  for (const auto& s : page->schedules) all.push_back(workflow::json_value::parse(s).at("name"));
  return all;
}

// Each schedule as its owner would show it, and no other.
void compare_schedules(schedule_world& world, running_views& views) {
  for (const char* org : {"acme", "other"}) {
    std::vector<std::string> expected;
    for (const auto& [key, s] : world.schedules)
      if (key.first == org && s.state.spec)
        expected.push_back(schedule::render_listed(s.who, s.state, zone_of(s.state.spec->time_zone).get()));
    std::vector<std::string> shown;
    std::optional<std::string> cursor;
    do {
      auto page = views.reader->schedules().list(org, {{}, 3, cursor}, zone_of);
      if (!page) FAIL(page.error().detail);
      std::move(page->schedules.begin(), page->schedules.end(), std::back_inserter(shown));
      cursor = page->next_cursor;
    } while (cursor);
    CHECK(shown == expected);
  }
  std::vector<entity_key> called, wanted;
  std::int64_t row = 0;
  while (true) {
    const auto page = views.reader->schedules().expecting(row, 2);
    REQUIRE(page);
    for (const auto& s : *page) called.push_back(s.who), row = s.row;
    if (page->size() < 2) break;
  }
  // All that need their owner are called.
  for (const auto& [key, s] : world.schedules)
    if (schedule::needs_recovery(s.state) || s.wake_time()) wanted.push_back(s.who);
  for (const entity_key& who : wanted) {
    INFO(who.id);
    CHECK(std::count(called.begin(), called.end(), who) == 1);
  }
}

} // namespace

TEST_CASE("schedules are listed by name, by whether they are paused, by definition and prefix") {
  schedule_world world;
  world.put("acme", "b", R"("every":"1h")", "report");
  world.put("acme", "a1", R"("cron":"30 2 * * *","time_zone":"Europe/Berlin")", "poll", true);
  world.put("acme", "a2", R"("every":"1h")", "poll");
  world.put("other", "a3", R"("every":"1h")", "poll");
  running_views views(world.files.files);
  const auto listed = [&](schedule::filter f) {
    return names_of(views.reader->schedules().list("acme", {f, 50, {}}, zone_of));
  };
  using names = std::vector<std::string>;
  CHECK(listed({}) == names{"a1", "a2", "b"});
  CHECK(listed({true, {}, {}}) == names{"a1"});
  CHECK(listed({false, {}, {}}) == names{"a2", "b"});
  CHECK(listed({{}, "poll", {}}) == names{"a1", "a2"});
  CHECK(listed({{}, {}, "a"}) == names{"a1", "a2"});
  CHECK(listed({false, "poll", "a"}) == names{"a2"});
  CHECK(listed({{}, {}, "a22"}).empty());
  for (const char* wrong : {"", "s1", "w1abc"})
    CHECK(views.reader->schedules().list("acme", {{}, 50, wrong}, zone_of).error().field == "cursor");
  compare_schedules(world, views);
}

TEST_CASE("a deleted schedule is shown no more, and a new one of its name is") {
  schedule_world world;
  world.put("acme", "a", R"("every":"1h")", "old");
  world.command("acme", "a", schedule::write{schedule::remove{}});
  running_views views(world.files.files);
  CHECK(names_of(views.reader->schedules().list("acme", {}, zone_of)).empty());
  CHECK(views.reader->schedules().expecting(0, 10)->empty());
  world.put("acme", "a", R"("every":"2h")", "new");
  views.catch_up(world.files.files);
  compare_schedules(world, views);
  CHECK(views.applier.progress().faults == 0);
}

TEST_CASE("views of schedules follow whatever happens to them, and are the same when they are built anew") {
  random_seed seed;
  CAPTURE(seed.rerun());
  schedule_world world;
  auto views = std::make_unique<running_views>(world.files.files);
  const char* policies[] = {"skip", "buffer_one", "buffer_all", "cancel_other", "terminate_other", "allow_all"};
  for (int round = 0; round < 12; ++round) {
    for (int step = 0; step < 25; ++step) {
      const std::string org = seed.one_in(4) ? "other" : "acme", name = "s" + std::to_string(seed.below(7));
      schedule_driver& s = world.schedules[{org, name}];
      const bool keyed = seed.one_in(3);
      const std::string running = s.state.running.empty() ? "none" : s.state.running.front().workflow;
      switch (seed.below(9)) {
      case 0:
        world.put(org, name,
                  (seed.one_in(2) ? R"("every":"7s")" : R"("cron":"*/2 * * * *","time_zone":"Europe/Berlin")") +
                      std::string(R"(,"overlap":")") + policies[seed.below(6)] + '"' +
                      (seed.one_in(4) ? R"(,"max_runs":3)" : ""),
                  "d" + std::to_string(seed.below(2)), seed.one_in(5) ? std::optional(true) : std::nullopt);
        break;
      case 1: world.command(org, name, schedule::write{schedule::trigger{}}, keyed); break;
      case 2: world.command(org, name, schedule::write{schedule::pause{"note"}}, keyed); break;
      case 3: world.command(org, name, schedule::write{schedule::unpause{}}, keyed); break;
      case 4: world.command(org, name, schedule::start_accepted{running}); break;
      case 5: world.command(org, name, schedule::workflow_ended{running, workflow::child_end::completed}); break;
      case 6: world.command(org, name, schedule::start_refused{running, {"definition_not_found", "no"}}); break;
      case 7:
        if (seed.one_in(4)) world.command(org, name, schedule::write{schedule::remove{}}, keyed);
        break;
      default:
        world.files.now_us += static_cast<std::int64_t>(seed.below(120)) * 1'000'000;
        world.command(org, name, schedule::wake{});
      }
    }
    views->catch_up(world.files.files);
    compare_schedules(world, *views);
  }
  CHECK(views->applier.progress().faults == 0);
  views->stop();
  std::filesystem::remove(world.files.files.views_file());
  views = std::make_unique<running_views>(world.files.files);
  compare_schedules(world, *views);
  CHECK(views->applier.progress().faults == 0);
}

} // namespace ropewalk::storage
