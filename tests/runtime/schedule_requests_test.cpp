#include "tests/runtime/schedule_driver.hpp"

namespace ropewalk::schedule {
namespace {

using namespace tests;

} // namespace

TEST_CASE("a schedule is created, changed, taken as it is, and deleted") {
  schedule_driver s;
  const std::string document = R"({"name":"nightly","every":"10m","workflow":{"definition":"report"}})";
  CHECK(s.put_it(document, put_mode::update) == "schedule_not_found");
  for (const write& w : std::vector<write>{pause{}, unpause{}, trigger{}, backfill{}, remove{}})
    CHECK(s.says(w) == "schedule_not_found");
  CHECK(s.does(wake{}) == lines{});
  CHECK(s.put_it(document, put_mode::create).ends_with(R"("created":true})"));
  CHECK(s.put_it(document, put_mode::create) == "schedule_exists");
  CHECK(s.recorded.size() == 1);
  CHECK(s.put_it(document).ends_with(R"("created":false})"));
  CHECK(s.recorded.size() == 1); // as it is
  s.at("2026-01-31T09:10:10Z");
  s.log();
  CHECK(s.put_it(R"({"every":"1h","workflow":{"definition":"report"}})", put_mode::update)
            .ends_with(R"("created":false})"));
  CHECK(s.log() == lines{"fired 09:10:00", "configured"}); // what was due by then
  CHECK(to_rfc3339(*s.wake_time()) == "2026-01-31T10:00:00.000000Z");
  CHECK(s.says(write(remove{}), "k1") == R"({"name":"nightly","deleted":true})");
  CHECK(s.log() == lines{"deleted", "noted"});
  CHECK(s.does(over(id_at("091000"))) == lines{}); // nobody waits for it any more
  CHECK(s.says(write(remove{})) == "schedule_not_found");
  CHECK(read_reply(s.who, s.state, nullptr).error().type == "schedule_not_found");
  CHECK_FALSE(s.wake_time());
  CHECK(s.state.keys.find("k1"));
  CHECK(s.put_it(document, put_mode::create).ends_with(R"("created":true})"));
  CHECK(s.state.runs == 0);
  CHECK(s.state.version == s.recorded.size());

  schedule_driver other;
  other.who.id = "a b";
  CHECK(other.put_it(R"({"every":"1h","workflow":{"definition":"report"}})") ==
        "schedule.name: must be 1 to 64 characters of A-Z a-z 0-9 _ -");
}

TEST_CASE("a document that breaks a rule is told where and which") {
  schedule_driver s;
  const std::string flow = R"("workflow":{"definition":"report"})";
  const std::pair<std::string, const char*> rows[] = {
      {"[]", "schedule: must be an object"},
      {"{" + flow + "}", "schedule: must have one of \"cron\" and \"every\""},
      {R"({"cron":"@daily","every":"1h",)" + flow + "}", "schedule: must have one of \"cron\" and \"every\""},
      {R"({"every":"1h"})", "schedule.workflow: is required"},
      {R"({"every":"1h","workflow":{}})", "schedule.workflow.definition: is required"},
      {R"({"every":"1h","workflow":{"definition":"a b"}})",
       "schedule.workflow.definition: must be 1 to 64 characters of A-Z a-z 0-9 _ -"},
      {R"({"every":"1h","workflow":{"definition":"r","id":"fixed"}})",
       "schedule.workflow.id: must have {time}, or each start would be the same instance"},
      {R"({"every":"1h","workflow":{"definition":"r","id":"{time}{when}"}})",
       "schedule.workflow.id: knows {schedule} and {time} alone between braces"},
      {R"({"every":"1h","workflow":{"definition":"r","id":")" + std::string(100, 'x') + R"({time}{time}"}})",
       "schedule.workflow.id: must give ids of at most 128 bytes"},
      {R"({"every":"1h","workflow":{"definition":"r","attributes":{"a":[]}}})",
       "schedule.workflow.attributes.a: must be a string, a number or a boolean"},
      {R"({"every":"1h","workflow":{"definition":"r","attributes":{"schedule":"x"}}})",
       "schedule.workflow.attributes.schedule: is set by the schedule"},
      {R"({"every":"1h","workflow":{"definition":"r","input":[]}})",
       "schedule.workflow.input: must be an object, not an array"},
      {R"({"cron":[],)" + flow + "}", "schedule.cron: must have 1 to 16 expressions"},
      {R"({"cron":["@daily","61 * * * *"],)" + flow + "}", "schedule.cron[1]: minute: \"61\" is not in 0-59"},
      {R"({"cron":"0 0 30 2 *",)" + flow + "}",
       "schedule.cron: day of month: no month that is given has that day, it would never come"},
      {R"({"cron":"@daily","offset":"1m",)" + flow + "}", "schedule.offset: is for \"every\""},
      {R"({"every":"500ms",)" + flow + "}", "schedule.every: must be whole seconds"},
      {R"({"every":"1h","offset":"1h",)" + flow + "}", "schedule.offset: must be less than \"every\""},
      {R"({"every":"1h","time_zone":"Europe/Berlin",)" + flow + "}",
       "schedule.time_zone: is for \"cron\"; an interval counts in UTC"},
      {R"({"cron":"@daily","time_zone":"../etc/passwd",)" + flow + "}",
       "schedule.time_zone: must be the name of a time zone such as \"Europe/Berlin\""},
      {R"({"every":"1h","overlap":"both",)" + flow + "}",
       "schedule.overlap: must be one of \"skip\", \"buffer_one\", \"buffer_all\", \"cancel_other\", "
       "\"terminate_other\", \"allow_all\""},
      {R"({"every":"1h","catch_up_window":"10ms",)" + flow + "}",
       "schedule.catch_up_window: must be at least 1s, or no start would be in time"},
      {R"({"every":"1h","ends_at":"tomorrow",)" + flow + "}",
       "schedule.ends_at: a time must be RFC 3339, as in 2026-01-31T09:05:00Z: the date or the time is not in that "
       "form"},
      {R"({"every":"1h","max_runs":0,)" + flow + "}", "schedule.max_runs: must be an integer from 1 to 1000000000000"},
      {R"({"every":"1h","name":"weekly",)" + flow + "}", "schedule.name: is not that of schedule \"nightly\""},
      {R"({"every":"1h","cronn":"x",)" + flow + "}", "schedule.cronn: is not a field of a schedule"},
  };
  for (const auto& [document, refusal] : rows) CHECK(s.put_it(document) == refusal);
  CHECK(s.recorded.empty());
}

TEST_CASE("a keyed command to a schedule is answered again from its events") {
  schedule_driver s;
  const auto document = workflow::json_value::parse(R"({"every":"10m","workflow":{"definition":"report"}})");
  const write commands[] = {put{document, put_mode::apply, {}, {}},
                            put{document, put_mode::apply, {}, {}},
                            trigger{},
                            backfill{{0}, {1'000'000'000}, {}},
                            pause{"x"},
                            pause{},
                            unpause{},
                            remove{}};
  for (const write& w : commands) {
    const std::size_t before = s.recorded.size();
    const std::string key = "k" + std::to_string(before);
    const std::string said = s.says(w, key);
    REQUIRE(said.starts_with('{'));
    const auto* kept = s.state.keys.find(key);
    REQUIRE(kept);
    CHECK(kept->version == before + 1);
    CHECK(kept->entries == s.recorded.size() - before);
    std::vector<event> events;
    for (std::size_t i = before; i < s.recorded.size(); ++i)
      events.push_back(*decode_event(s.recorded[i].type, s.recorded[i].body));
    CHECK(*recorded_reply(events) == said);
    if (said.find("\"version\"") != std::string::npos)
      CHECK(said.find("\"version\":" + std::to_string(s.state.version)) != std::string::npos);
  }
  CHECK(recorded_reply({}).error().code == errc::corrupt);
}

TEST_CASE("a schedule shows what it is and what comes") {
  schedule_driver s;
  s.make(R"("cron":["30 2 * * *"],"time_zone":"Europe/Berlin","max_runs":2)");
  CHECK(*read_reply(s.who, s.state, s.known.find("Europe/Berlin")) ==
        R"({"schedule":{"name":"nightly","org":"acme","status":"active",)"
        R"("spec":{"cron":["30 2 * * *"],"max_runs":2,"time_zone":"Europe/Berlin","workflow":{"definition":"report"}},)"
        R"("next":["2026-02-01T01:30:00.000000Z","2026-02-02T01:30:00.000000Z"],"running_count":0,"waiting_count":0,)"
        R"("running":[],"waiting":[],"recent":[],"runs":0,"asked":0,"skipped":0,"missed":0,"version":1,)"
        R"("created_at":"2026-01-31T09:00:00.000000Z","updated_at":"2026-01-31T09:00:00.000000Z"}})");
  CHECK(render_listed(s.who, s.state, s.known.find("Europe/Berlin")) ==
        R"({"name":"nightly","org":"acme","status":"active","definition":"report","overlap":"skip",)"
        R"("time_zone":"Europe/Berlin","next":"2026-02-01T01:30:00.000000Z","running_count":0,"waiting_count":0,)"
        R"("latest":[],"runs":0,"asked":0,"skipped":0,"missed":0,"version":1,)"
        R"("created_at":"2026-01-31T09:00:00.000000Z","updated_at":"2026-01-31T09:00:00.000000Z"})");
}

} // namespace ropewalk::schedule
