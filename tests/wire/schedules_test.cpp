// Schedules over the wire, against a real node.

#include <catch2/catch.hpp>

#include "runtime/instant.hpp"
#include "tests/support/scheduled_instances.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using nlohmann::json;

namespace {

// One node for the cases that need none of their own; each works with schedules of its own.
test_system& schedule_system() {
  static test_system system;
  static const bool defined = [] {
    define_workflow(system, {{"name", "short"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}});
    define_workflow(system, {{"name", "open"}, {"phases", {{{"name", "go"}, {"run", "wait"}, {"signal", "go"}}}}});
    return true;
  }();
  (void)defined;
  return system;
}

answer scheduled(const std::string& name, const std::string& verb, const json& body = json::object(),
                 const std::string& key = {}) {
  return ask_schedule(schedule_system(), name, verb, body, key);
}

json made_schedule(const std::string& name, json document, const std::string& definition = "short") {
  document["workflow"]["definition"] = definition;
  const auto made = scheduled(name, "create", {{"schedule", document}});
  INFO(made.body.dump(2));
  REQUIRE(made.code == 200);
  CHECK(made.body["created"] == true);
  return made.body["schedule"];
}

json shown(const std::string& name) { return schedule_of(schedule_system(), name); }

bool comes(const std::string& name, const std::function<bool(const json&)>& true_of) {
  return eventually([&] {
    const json s = shown(name);
    return !s.is_null() && true_of(s);
  });
}

answer to_workflow(const std::string& id, const std::string& verb, const json& body = json::object()) {
  return schedule_system().ask("rw.v1.acme.workflow." + id + '.' + verb, body);
}

// A time long gone by for an interval of a day, so that nothing but what is asked for starts.
const json daily{{"every", "24h"}, {"offset", "1s"}};

json fired_by_trigger(const std::string& name, const json& body = json::object()) {
  const auto fired = scheduled(name, "trigger", body);
  INFO(fired.body.dump(2));
  REQUIRE(fired.code == 200);
  return fired.body["start"];
}

} // namespace

TEST_CASE("a schedule starts an instance at each of its times, and learns how it ended") {
  const json made = made_schedule("each", {{"every", "1s"}, {"overlap", "allow_all"}});
  CHECK(made["status"] == "active");
  CHECK(made["next"].size() == 5);
  REQUIRE(comes("each", [](const json& s) { return s["recent"].size() >= 3; }));
  REQUIRE(scheduled("each", "pause", {{"note", "enough"}}).code == 200);
  REQUIRE(comes("each", [](const json& s) { return s["running_count"] == 0; }));
  const json s = shown("each");
  CHECK(s["status"] == "paused");
  CHECK(s["note"] == "enough");
  CHECK(s["next"].empty());
  CHECK(s["skipped"] == 0);
  const auto all = instances_of(schedule_system(), "each");
  CHECK(all.size() == s["runs"].get<std::size_t>());
  CHECK(all.begin()->first == made["next"][0]);
  for (const auto& [time, status] : all) {
    CHECK(status == "completed");
    CHECK(parse_rfc3339(time)->us % 1'000'000 == 0);
  }
  for (const json& r : s["recent"]) CHECK(r["status"] == "completed");
}

TEST_CASE("an instance begins at its time or later, never before") {
  made_schedule("late", {{"every", "1s"}, {"overlap", "allow_all"}});
  REQUIRE(comes("late", [](const json& s) { return s["runs"] >= 2; }));
  REQUIRE(scheduled("late", "delete").code == 200);
  const auto page = schedule_system().ask("rw.v1.acme.workflows.list", {{"attributes", {{"schedule", "late"}}}});
  for (const json& w : page.body["workflows"])
    CHECK(w["created_at"].get<std::string>() >= w["attributes"]["scheduled_time"].get<std::string>());
}

TEST_CASE("with overlap skip nothing is started while an instance runs") {
  made_schedule("skips", {{"every", "1s"}}, "open");
  REQUIRE(comes("skips", [](const json& s) { return s["skipped"] >= 2; }));
  const json s = shown("skips");
  CHECK(s["runs"] == 1);
  REQUIRE(s["running"].size() == 1);
  CHECK(s["running"][0]["started"] == true);
  const std::string first = s["running"][0]["workflow"];
  REQUIRE(to_workflow(first, "signal", {{"name", "go"}}).code == 200);
  REQUIRE(comes("skips", [](const json& x) { return x["runs"] == 2; }));
  CHECK(shown("skips")["recent"][0]["workflow"] == first);
  REQUIRE(scheduled("skips", "delete").code == 200);
}

TEST_CASE("with overlap buffer_one one start waits, with buffer_all each does, in order") {
  made_schedule("one", {{"every", "1s"}, {"overlap", "buffer_one"}}, "open");
  REQUIRE(comes("one", [](const json& s) { return s["skipped"] >= 1; }));
  const json s = shown("one");
  CHECK(s["waiting_count"] == 1);
  const std::string second = s["waiting"][0]["scheduled_time"];
  REQUIRE(to_workflow(s["running"][0]["workflow"], "terminate").code == 200);
  REQUIRE(comes("one",
                [&](const json& x) { return x["running_count"] == 1 && x["running"][0]["scheduled_time"] == second; }));
  CHECK(shown("one")["recent"][0]["status"] == "terminated");
  REQUIRE(scheduled("one", "delete").code == 200);

  made_schedule("all", daily, "open");
  const json body{{"overlap", "buffer_all"}};
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(fired_by_trigger("all", body)["workflow"]);
  CHECK(shown("all")["waiting_count"] == 2);
  for (const std::string& id : ids) {
    INFO(id);
    REQUIRE(comes("all", [&](const json& x) {
      return x["running_count"] == 1 && x["running"][0]["workflow"] == id && x["running"][0]["started"] == true;
    }));
    REQUIRE(to_workflow(id, "signal", {{"name", "go"}}).code == 200);
  }
  REQUIRE(comes("all", [](const json& x) { return x["running_count"] == 0; }));
  CHECK(shown("all")["asked"] == 3);
  CHECK(shown("all")["runs"] == 0);
}

TEST_CASE("with overlap cancel_other and terminate_other the newest start takes the place of what runs") {
  for (const auto& [policy, end] :
       {std::pair{"cancel_other", "cancelled"}, std::pair{"terminate_other", "terminated"}}) {
    INFO(policy);
    const std::string name = policy;
    made_schedule(name, daily, "open");
    const std::string first = fired_by_trigger(name)["workflow"];
    REQUIRE(comes(name, [](const json& x) { return x["running_count"] == 1 && x["running"][0]["started"] == true; }));
    const json second = fired_by_trigger(name, {{"overlap", policy}});
    CHECK(second["outcome"] == "buffered");
    REQUIRE(comes(name, [&](const json& x) {
      return x["running_count"] == 1 && x["running"][0]["workflow"] == second["workflow"];
    }));
    CHECK(to_workflow(first, "get").body["workflow"]["status"] == end);
    CHECK(shown(name)["recent"][0]["status"] == end);
  }
}

TEST_CASE("a paused schedule fires when it is asked to, and only then") {
  made_schedule("held", {{"every", "1s"}, {"overlap", "allow_all"}});
  REQUIRE(scheduled("held", "pause").code == 200);
  const json before = shown("held");
  const json start = fired_by_trigger("held");
  CHECK(start["outcome"] == "fired");
  REQUIRE(comes("held", [](const json& s) {
    return s["recent"].size() > 0 && s["recent"][0]["status"] == "completed" && s["asked"] == 1;
  }));
  CHECK(shown("held")["runs"] == before["runs"]);
  const auto on = scheduled("held", "unpause", {{"note", "on"}});
  REQUIRE(on.code == 200);
  REQUIRE(comes("held", [&](const json& s) { return s["runs"] > before["runs"]; }));
  // Times that passed meanwhile were not made up for.
  const std::string went_on = on.body["schedule"]["updated_at"];
  for (const auto& [time, status] : instances_of(schedule_system(), "held"))
    if (time > before["updated_at"].get<std::string>() && time != start["scheduled_time"].get<std::string>())
      CHECK(time > went_on);
  REQUIRE(scheduled("held", "delete").code == 200);
}

TEST_CASE("an update counts from its moment on, and leaves what runs alone") {
  made_schedule("changes", {{"every", "1s"}}, "open");
  REQUIRE(
      comes("changes", [](const json& s) { return s["running_count"] == 1 && s["running"][0]["started"] == true; }));
  const std::string running = shown("changes")["running"][0]["workflow"];
  const auto changed =
      scheduled("changes", "update",
                {{"schedule", {{"every", "1s"}, {"overlap", "allow_all"}, {"workflow", {{"definition", "short"}}}}}});
  REQUIRE(changed.code == 200);
  CHECK(changed.body["created"] == false);
  REQUIRE(comes("changes", [](const json& s) { return s["runs"] >= 3 && s["recent"].size() >= 1; }));
  CHECK(to_workflow(running, "get").body["workflow"]["status"] == "running");
  REQUIRE(scheduled("changes", "delete").code == 200);
  const auto gone = scheduled("changes", "get");
  CHECK(gone.code == 404);
  CHECK(gone.type() == "schedule_not_found");
  CHECK(to_workflow(running, "get").body["workflow"]["status"] == "running");
}

TEST_CASE("what cannot be started is told, and tried again at the next time") {
  const auto made =
      scheduled("hopeful", "create", {{"schedule", {{"every", "1s"}, {"workflow", {{"definition", "comes-later"}}}}}});
  REQUIRE(made.code == 200);
  REQUIRE(comes("hopeful", [](const json& s) { return s["recent"].size() >= 1; }));
  const json refused = shown("hopeful")["recent"][0];
  CHECK(refused["status"] == "refused");
  CHECK(refused["error"]["code"] == "definition_not_found");
  define_workflow(schedule_system(),
                  {{"name", "comes-later"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}});
  REQUIRE(comes("hopeful", [](const json& s) { return s["recent"][0]["status"] == "completed"; }));
  REQUIRE(scheduled("hopeful", "delete").code == 200);
}

TEST_CASE("an id that somebody else's instance has is told as a refusal") {
  made_schedule("taken", {{"every", "24h"}, {"offset", "2s"}, {"workflow", {{"id", "mine-{time}"}}}});
  const auto times = scheduled("taken", "get", {{"next", 1}}).body["schedule"]["next"];
  // The last time that passed, a day before the next one.
  const instant last{parse_rfc3339(times[0].get<std::string>())->us - 24LL * 3600 * 1'000'000};
  std::string basic = to_rfc3339(last).substr(0, 19) + "Z";
  std::erase_if(basic, [](char c) { return c == '-' || c == ':'; });
  REQUIRE(to_workflow("mine-" + basic, "start", {{"definition", "short"}}).code == 200);
  const auto filled = scheduled("taken", "backfill", {{"from", to_rfc3339(last)}, {"to", to_rfc3339(last)}});
  REQUIRE(filled.code == 200);
  CHECK(filled.body["backfill"] == json{{"times", 1}, {"fired", 1}, {"buffered", 0}, {"skipped", 0}, {"present", 0}});
  REQUIRE(comes("taken", [](const json& s) { return s["recent"].size() == 1; }));
  CHECK(shown("taken")["recent"][0]["error"]["code"] == "workflow_exists");
}

TEST_CASE("a backfill starts the times gone by, each instance once") {
  made_schedule("past", {{"cron", "0 12 * * *"}, {"time_zone", "Europe/Berlin"}});
  const json range{{"from", "2026-03-27T00:00:00Z"}, {"to", "2026-03-31T00:00:00Z"}, {"overlap", "allow_all"}};
  const auto first = scheduled("past", "backfill", range);
  INFO(first.body.dump(2));
  REQUIRE(first.code == 200);
  CHECK(first.body["backfill"]["times"] == 4);
  CHECK(first.body["backfill"]["fired"] == 4);
  REQUIRE(comes("past", [](const json& s) { return s["running_count"] == 0; }));
  const auto again = scheduled("past", "backfill", range);
  REQUIRE(again.code == 200);
  REQUIRE(comes("past", [](const json& s) { return s["running_count"] == 0; }));
  // Noon in Berlin is an hour earlier by UTC from the 29th on.
  const auto all = instances_of(schedule_system(), "past");
  CHECK(all == std::map<std::string, std::string>{{"2026-03-27T11:00:00.000000Z", "completed"},
                                                  {"2026-03-28T11:00:00.000000Z", "completed"},
                                                  {"2026-03-29T10:00:00.000000Z", "completed"},
                                                  {"2026-03-30T10:00:00.000000Z", "completed"}});
  CHECK(
      scheduled("past", "backfill", {{"from", "2026-03-27T00:00:00Z"}, {"to", "2099-01-01T00:00:00Z"}}).body["field"] ==
      "to");
}

TEST_CASE("a time that a clock skips or shows twice is one start") {
  made_schedule("gap", {{"cron", {"30 2 * * *"}}, {"time_zone", "Europe/Berlin"}});
  const json spring{{"from", "2026-03-28T12:00:00Z"}, {"to", "2026-03-30T12:00:00Z"}, {"overlap", "allow_all"}};
  CHECK(scheduled("gap", "backfill", spring).body["backfill"]["fired"] == 2);
  const json autumn{{"from", "2025-10-25T12:00:00Z"}, {"to", "2025-10-26T12:00:00Z"}, {"overlap", "allow_all"}};
  CHECK(scheduled("gap", "backfill", autumn).body["backfill"]["fired"] == 1);
  REQUIRE(comes("gap", [](const json& s) { return s["running_count"] == 0; }));
  const auto all = instances_of(schedule_system(), "gap");
  CHECK(all.contains("2026-03-29T01:00:00.000000Z")); // at the end of the gap
  CHECK(all.size() == 3);
}

TEST_CASE("a repeat with the same key is the same start, with other content it is a conflict") {
  made_schedule("keyed", daily);
  const auto first = scheduled("keyed", "trigger", {}, "k1");
  REQUIRE(first.code == 200);
  const auto again = scheduled("keyed", "trigger", {}, "k1");
  REQUIRE(again.code == 200);
  CHECK(again.body["replayed"] == true);
  CHECK(again.body["start"] == first.body["start"]);
  CHECK(scheduled("keyed", "trigger", {{"overlap", "allow_all"}}, "k1").type() == "idempotency_conflict");
  CHECK(shown("keyed")["asked"] == 1);
  const json document{{"schedule", {{"every", "24h"}, {"workflow", {{"definition", "short"}}}}}};
  CHECK(scheduled("keyed", "create", document).type() == "schedule_exists");
  CHECK(scheduled("nosuch", "update", document).type() == "schedule_not_found");
}

TEST_CASE("applying what is there changes nothing") {
  const json document{{"schedule", {{"every", "24h"}, {"workflow", {{"definition", "short"}}}}}};
  const auto first = scheduled("applied", "apply", document);
  CHECK(first.body["created"] == true);
  const auto again = scheduled("applied", "apply", document);
  CHECK(again.code == 200);
  CHECK(again.body["created"] == false);
  CHECK(!again.body.contains("receipt"));
  CHECK(again.body["schedule"]["version"] == first.body["schedule"]["version"]);
}

TEST_CASE("a schedule ends after its runs, and by its end") {
  made_schedule("thrice", {{"every", "1s"}, {"max_runs", 3}, {"overlap", "allow_all"}});
  REQUIRE(comes("thrice", [](const json& s) { return s["status"] == "finished" && s["running_count"] == 0; }));
  CHECK(instances_of(schedule_system(), "thrice").size() == 3);
  const json over = made_schedule("over", {{"every", "1s"}, {"ends_at", "2026-01-01T00:00:00Z"}});
  CHECK(over["status"] == "finished");
  CHECK(over["next"].empty());
}

TEST_CASE("schedules are listed with their next time and newest starts, a page at a time") {
  for (const char* name : {"list-a", "list-b", "list-c"}) made_schedule(name, daily);
  REQUIRE(scheduled("list-b", "pause", {{"note", "why"}}).code == 200);
  const std::string id = fired_by_trigger("list-a")["workflow"];
  REQUIRE(comes("list-a", [](const json& s) { return s["recent"].size() == 1; }));
  const auto list = [&](json body) {
    body["prefix"] = "list-";
    return schedule_system().ask("rw.v1.acme.schedules.list", body);
  };
  const auto first = list({{"limit", 2}});
  INFO(first.body.dump(2));
  REQUIRE(first.code == 200);
  REQUIRE(first.body["schedules"].size() == 2);
  const json a = first.body["schedules"][0], b = first.body["schedules"][1];
  CHECK(a["name"] == "list-a");
  CHECK(a["next"] == shown("list-a")["next"][0]);
  REQUIRE(a["latest"].size() == 1);
  CHECK(a["latest"][0]["workflow"] == id);
  CHECK(a["latest"][0]["status"] == "completed");
  CHECK(b["status"] == "paused");
  CHECK(b["note"] == "why");
  const auto rest = list({{"limit", 2}, {"cursor", first.body["next_cursor"]}});
  CHECK(rest.body["schedules"].size() == 1);
  CHECK(!rest.body.contains("next_cursor"));
  CHECK(list({{"paused", true}}).body["schedules"].size() == 1);
  CHECK(list({{"definition", "open"}}).body["schedules"].empty());
  CHECK(schedule_system().ask("rw.v1.other.schedules.list", {}).body["schedules"].empty());
}

TEST_CASE("what a schedule does is published as it happens") {
  auto inbox = schedule_system().client().open_inbox("rw.v1.acme.event.schedule.loud");
  REQUIRE(inbox);
  REQUIRE(schedule_system().client().flush(std::chrono::seconds(5)));
  made_schedule("loud", daily);
  const std::string id = fired_by_trigger("loud")["workflow"];
  std::vector<std::string> types;
  while (types.empty() || types.back() != "ended") {
    const auto m = (*inbox)->next(std::chrono::seconds(10));
    REQUIRE(m);
    const json event = json::parse(m->body());
    CHECK(event["schedule"] == "loud");
    CHECK(event["version"] == types.size() + 1);
    types.push_back(event["type"]);
    if (types.size() > 1) CHECK(event["workflow"] == id);
  }
  CHECK(types == std::vector<std::string>{"configured", "fired", "started", "ended"});
}

TEST_CASE("after the node was down, times within the catch-up window are made up for and older ones are missed") {
  test_system s;
  define_workflow(s, {{"name", "short"}, {"phases", {{{"name", "nap"}, {"run", "sleep"}, {"for", "10ms"}}}}});
  const auto make = [&](const std::string& name, const std::string& window) {
    REQUIRE(ask_schedule(s, name, "create",
                         {{"schedule",
                           {{"every", "1s"},
                            {"overlap", "allow_all"},
                            {"catch_up_window", window},
                            {"workflow", {{"definition", "short"}}}}}})
                .code == 200);
  };
  make("patient", "1h");
  make("strict", "1s");
  REQUIRE(eventually([&] { return schedule_of(s, "strict")["runs"] > 0; }));
  s.node().kill_now();
  const timespec down{4, 0};
  nanosleep(&down, nullptr);
  s.start_node();
  for (const char* name : {"patient", "strict"}) {
    REQUIRE(ask_schedule(s, name, "pause").code == 200);
    REQUIRE(eventually([&] { return schedule_of(s, name)["running_count"] == 0; }));
  }
  const json patient = schedule_of(s, "patient"), strict = schedule_of(s, "strict");
  CHECK(patient["skipped"] == 0);
  std::int64_t before = 0;
  for (const auto& [time, status] : instances_of(s, "patient")) {
    const std::int64_t at = parse_rfc3339(time)->us;
    if (before != 0) CHECK(at - before == 1'000'000);
    before = at;
  }
  CHECK(strict["missed"] >= 2);
  CHECK(strict["missed"] == strict["skipped"]);
  CHECK(instances_of(s, "strict").size() == strict["runs"].get<std::size_t>());
}

TEST_CASE("an instance that ends while its schedule is not in memory is told all the same") {
  test_system s({"--idle-after", "1s"});
  define_workflow(s, {{"name", "open"}, {"phases", {{{"name", "go"}, {"run", "wait"}, {"signal", "go"}}}}});
  REQUIRE(ask_schedule(s, "away", "create",
                       {{"schedule", {{"every", "24h"}, {"workflow", {{"definition", "open"}}}}}, {"paused", true}})
              .code == 200);
  const auto fired = ask_schedule(s, "away", "trigger");
  REQUIRE(fired.code == 200);
  const std::string id = fired.body["start"]["workflow"];
  REQUIRE(eventually([&] { return s.ask("rw.node.test.status", {}).body["active_entities"] == 0; }));
  REQUIRE(s.ask("rw.v1.acme.workflow." + id + ".signal", {{"name", "go"}}).code == 200);
  CHECK(eventually([&] {
    const json x = schedule_of(s, "away");
    return x["running_count"] == 0 && x["recent"][0]["status"] == "completed";
  }));
}
