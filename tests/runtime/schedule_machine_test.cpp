#include <set>

#include "runtime/schedule/limits.hpp"
#include "tests/runtime/schedule_driver.hpp"

namespace ropewalk::schedule {
namespace {

using namespace tests;

command begun(std::string workflow) { return start_accepted{std::move(workflow)}; }

} // namespace

TEST_CASE("a schedule starts its workflow at each of its times, once") {
  schedule_driver s;
  s.make(R"("every":"15m")");
  CHECK(to_rfc3339(*s.wake_time()) == "2026-01-31T09:15:00.000000Z");
  CHECK(s.does(wake{}) == lines{}); // too early
  s.at("2026-01-31T09:15:00.2Z");
  CHECK(s.does(wake{}) == lines{"fired 09:15:00"});
  CHECK(s.sent() == lines{"start " + id_at("091500")});
  const auto& start = std::get<start_workflow>(s.effects.at(0)).how;
  CHECK(start.definition == "report");
  CHECK(start.if_absent);
  CHECK(start.attributes.dump() == R"({"schedule":"nightly","scheduled_time":"2026-01-31T09:15:00.000000Z"})");
  CHECK(s.does(wake{}) == lines{});
  CHECK(s.does(begun(id_at("091500"))) == lines{"started"});
  CHECK(s.sent() == lines{"watch " + id_at("091500")});
  CHECK(s.does(over(id_at("091500"))) == lines{"ended completed"});
  CHECK(s.does(over(id_at("091500"))) == lines{}); // told twice
  s.at("2026-01-31T09:30:00Z");
  CHECK(s.does(wake{}) == lines{"fired 09:30:00"});
}

TEST_CASE("a clock that goes back or forward fires each time once") {
  schedule_driver s;
  s.make(R"("every":"10m","catch_up_window":"2h","overlap":"allow_all")");
  s.at("2026-01-31T10:05:00Z"); // an hour forward
  CHECK(s.does(wake{}) == lines{"fired 09:10:00", "fired 09:20:00", "fired 09:30:00", "fired 09:40:00",
                                "fired 09:50:00", "fired 10:00:00"});
  s.at("2026-01-31T09:06:00Z"); // and back
  CHECK(s.does(wake{}) == lines{});
  s.at("2026-01-31T09:55:00Z");
  CHECK(s.does(wake{}) == lines{});
  CHECK(s.state.recorded_at == *parse_rfc3339("2026-01-31T10:05:00Z"));
  s.at("2026-01-31T10:10:00Z");
  CHECK(s.does(wake{}) == lines{"fired 10:10:00"});
}

TEST_CASE("times missed by more than the catch-up window are skipped in one entry") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all","catch_up_window":"15m")");
  s.at("2026-01-31T11:05:00Z");
  CHECK(s.does(wake{}) == lines{"skipped 09:10:00 missed x10 to 10:40:00", "fired 10:50:00", "fired 11:00:00"});
  CHECK(s.state.skips == 10);
  s.at("2026-01-31T11:25:00Z"); // exactly the window is in time
  CHECK(s.does(wake{}) == lines{"fired 11:10:00", "fired 11:20:00"});
  s.at("2026-01-31T11:45:00.000001Z");
  CHECK(s.does(wake{}) == lines{"skipped 11:30:00 missed", "fired 11:40:00"});

  schedule_driver usual; // a minute
  usual.make(R"("cron":"*/10 * * * *")");
  usual.at("2026-01-31T09:11:00Z");
  CHECK(usual.does(wake{}) == lines{"fired 09:10:00"});
  usual.at("2026-01-31T09:21:00.1Z");
  CHECK(usual.does(wake{}) == lines{"skipped 09:20:00 missed"});
}

TEST_CASE("a year of missed minutes is worked off in pieces, and nothing comes in between") {
  schedule_driver s;
  s.make(R"("cron":"* * * * *","overlap":"allow_all")");
  s.at("2027-01-31T09:00:30Z");
  CHECK(s.says(write(pause{"now"})) == "schedule_behind");
  CHECK(s.put_it(R"({"every":"1h","workflow":{"definition":"other"}})") == "schedule_behind");
  int wakes = 0;
  while (s.wake_time() && *s.wake_time() <= s.now && ++wakes < 100) REQUIRE(s.attempt(wake{}));
  CHECK(wakes == 53); // 365 * 1440 / 10,000
  CHECK(s.state.skips == 365 * 1440 - 1);
  CHECK(s.log().back() == "fired 09:00:00");
}

TEST_CASE("what overlaps is skipped, waits, or ends the other") {
  const auto with = [](const char* policy) {
    schedule_driver s;
    s.make(R"("every":"10m","overlap":")" + std::string(policy) + '"');
    s.at("2026-01-31T09:10:00Z");
    CHECK(s.does(wake{}) == lines{"fired 09:10:00"});
    CHECK(s.does(begun(id_at("091000"))) == lines{"started"});
    s.at("2026-01-31T09:20:00Z");
    return s;
  };
  SECTION("skip") {
    auto s = with("skip");
    CHECK(s.does(wake{}) == lines{"skipped 09:20:00 overlap"});
    CHECK(s.does(over(id_at("091000"))) == lines{"ended completed"});
  }
  SECTION("buffer_one") {
    auto s = with("buffer_one");
    CHECK(s.does(wake{}) == lines{"buffered 09:20:00 buffer_one"});
    s.at("2026-01-31T09:30:00Z");
    CHECK(s.does(wake{}) == lines{"skipped 09:30:00 overlap"});
    CHECK(s.does(over(id_at("091000"))) == lines{"ended completed", "fired 09:20:00"});
    CHECK(s.sent() == lines{"start " + id_at("092000")});
  }
  SECTION("buffer_all") {
    auto s = with("buffer_all");
    for (int i = 0; i < 1005; ++i) {
      REQUIRE(s.attempt(wake{}));
      s.pass_s(600);
    }
    CHECK(s.state.waiting.size() == limits::schedule_buffer);
    CHECK(s.log().back().ends_with("buffer_full"));
    CHECK(s.does(over(id_at("091000"))) == lines{"ended completed", "fired 09:20:00"});
    CHECK(s.does(over(id_at("092000"))) == lines{"ended completed", "fired 09:30:00"}); // in order
  }
  SECTION("cancel_other") {
    auto s = with("cancel_other");
    CHECK(s.does(wake{}) == lines{"buffered 09:20:00 cancel_other"});
    CHECK(s.sent() == lines{"cancel " + id_at("091000")});
    s.at("2026-01-31T09:30:00Z"); // it takes its time; the newest start counts
    CHECK(s.does(wake{}) == lines{"skipped 09:20:00 replaced", "buffered 09:30:00 cancel_other"});
    CHECK(s.sent() == lines{});
    CHECK(s.does(workflow_ended{id_at("091000"), workflow::child_end::cancelled}) ==
          lines{"ended cancelled", "fired 09:30:00"});
  }
  SECTION("terminate_other") {
    auto s = with("terminate_other");
    CHECK(s.does(wake{}) == lines{"buffered 09:20:00 terminate_other"});
    CHECK(s.sent() == lines{"terminate " + id_at("091000")});
  }
  SECTION("allow_all") {
    auto s = with("allow_all");
    CHECK(s.does(wake{}) == lines{"fired 09:20:00"});
    CHECK(s.state.running.size() == 2);
    for (int i = 0; i < 1005; ++i) {
      REQUIRE(s.attempt(wake{}));
      s.pass_s(600);
    }
    CHECK(s.state.running.size() == limits::schedule_running);
    CHECK(s.log().back().ends_with("running_limit"));
  }
}

TEST_CASE("a cancel that takes too long becomes a terminate where one asks for that") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"cancel_other","catch_up_window":"1h")");
  s.at("2026-01-31T09:20:00Z");
  REQUIRE(s.attempt(wake{}));
  CHECK(s.sent() == lines{"start " + id_at("091000"), "cancel " + id_at("091000")});
  REQUIRE(s.attempt(write(trigger{overlap::terminate_other})));
  CHECK(s.sent() == lines{"terminate " + id_at("091000")});
  REQUIRE(s.attempt(recover{}));
  CHECK(s.sent() == lines{"start " + id_at("091000"), "terminate " + id_at("091000")});
}

TEST_CASE("a start that is refused frees the place, and is remembered") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"buffer_one","catch_up_window":"1h")");
  s.at("2026-01-31T09:20:00Z");
  CHECK(s.does(wake{}) == lines{"fired 09:10:00", "buffered 09:20:00 buffer_one"});
  CHECK(s.does(start_refused{id_at("091000"), {"definition_not_found", "there is none"}}) ==
        lines{"refused definition_not_found", "fired 09:20:00"});
  CHECK(s.does(start_refused{id_at("091000"), {"late", ""}}) == lines{});
  CHECK(s.does(begun(id_at("092000"))) == lines{"started"});
  CHECK(s.does(start_refused{id_at("092000"), {"late", ""}}) == lines{}); // it runs, whoever says otherwise
  const auto shown = workflow::json_value::parse(*read_reply(s.who, s.state, nullptr))["schedule"];
  CHECK(shown["recent"][0]["status"] == "refused");
  CHECK(shown["recent"][0]["error"]["code"] == "definition_not_found");
  CHECK(shown["running"][0]["started"] == true);
}

TEST_CASE("of a start that is over it stays known who asked for it, also in a snapshot") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all")");
  s.at("2026-01-31T09:10:00Z");
  REQUIRE(s.attempt(wake{}));
  REQUIRE(s.attempt(write(trigger{})));
  for (const running_start& r : std::vector<running_start>(s.state.running))
    REQUIRE(s.attempt(start_refused{r.workflow, {"no", ""}}));
  auto again = decode_state(encode_state(s.state));
  REQUIRE(again);
  for (const schedule_state* state : {&s.state, &*again}) {
    const auto recent = workflow::json_value::parse(*read_reply(s.who, *state, nullptr))["schedule"]["recent"];
    REQUIRE(recent.size() == 2);
    CHECK(recent[0]["cause"] == "trigger");
    CHECK_FALSE(recent[1].contains("cause"));
  }
}

TEST_CASE("after a crash what is outstanding is sent again as it was") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all")");
  CHECK_FALSE(needs_recovery(s.state));
  s.at("2026-01-31T09:10:00Z");
  REQUIRE(s.attempt(wake{}));
  REQUIRE(s.attempt(begun(id_at("091000"))));
  s.at("2026-01-31T09:20:00Z");
  REQUIRE(s.attempt(wake{}));
  REQUIRE(s.put_it(R"({"every":"1h","workflow":{"definition":"other","id":"x{time}"}})").starts_with('{'));
  CHECK(needs_recovery(s.state));
  s.log();
  schedule_state loaded = *decode_state(encode_state(s.state));
  s.state = std::move(loaded);
  CHECK(s.does(recover{}) == lines{});
  CHECK(s.sent() == lines{"watch " + id_at("091000"), "start " + id_at("092000")});
  CHECK(std::get<start_workflow>(s.effects[1]).how.definition == "report");
}

TEST_CASE("a paused schedule has no times, but does what it is asked") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"buffer_one")");
  s.at("2026-01-31T09:10:00Z");
  CHECK(s.does(wake{}) == lines{"fired 09:10:00"});
  s.at("2026-01-31T09:20:30Z");
  CHECK(s.does(write(pause{"a release"})) ==
        lines{"buffered 09:20:00 buffer_one", "paused"}); // what was due comes first
  CHECK_FALSE(s.wake_time());
  CHECK(s.does(write(pause{})) == lines{}); // it is
  CHECK(s.does(write(pause{"a long one"})) == lines{"paused"});
  s.at("2026-01-31T10:30:00Z");
  CHECK(s.does(wake{}) == lines{});
  CHECK(s.does(over(id_at("091000"))) == lines{"ended completed"}); // what waits stays
  CHECK(s.does(write(trigger{})) == lines{"fired 10:30:00 trigger"});
  CHECK(s.does(write(trigger{})) == lines{"skipped 10:30:00 overlap trigger"});
  CHECK(s.state.running.at(0).workflow == "nightly-20260131T103000_000001Z");
  CHECK(s.does(over("nightly-20260131T103000_000001Z")) == lines{"ended completed"});
  s.at("2026-01-31T10:35:00Z");
  CHECK(s.does(write(unpause{})) == lines{"unpaused", "fired 09:20:00"});
  CHECK(s.does(write(unpause{})) == lines{});
  CHECK(to_rfc3339(*s.wake_time()) == "2026-01-31T10:40:00.000000Z");

  schedule_driver still;
  const std::string said =
      still.says(write(put{workflow::json_value::parse(R"({"every":"10m","workflow":{"definition":"report"}})"),
                           put_mode::apply, true, "not yet"}));
  CHECK(still.log() == lines{"configured", "paused"});
  CHECK(said.find(R"("status":"paused","note":"not yet")") != std::string::npos);
  CHECK(said.find(R"("next":[])") != std::string::npos);
  CHECK_FALSE(still.wake_time());
}

TEST_CASE("starts that are asked for at the same moment are two") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all")");
  s.at("2026-01-31T09:10:00Z"); // a time of its own as well
  const auto first = s.reply(write(trigger{})), second = s.reply(write(trigger{}));
  CHECK(first["start"]["workflow"] == "nightly-20260131T091000_000001Z");
  CHECK(second["start"]["workflow"] == "nightly-20260131T091000_000002Z");
  CHECK(second["start"]["outcome"] == "fired");
  s.log();
  CHECK(s.does(wake{}) == lines{"fired 09:10:00"});
  CHECK(s.state.asked == 2);
  CHECK(s.state.runs == 1);
}

TEST_CASE("a start that is asked for has an id of its own, also in a schedule that was deleted and made anew") {
  schedule_driver s;
  const std::string document = R"({"every":"24h","overlap":"allow_all","workflow":{"definition":"report"}})";
  REQUIRE(s.put_it(document).starts_with('{'));
  std::set<std::string> ids;
  const auto ask = [&] { return ids.insert(s.reply(write(trigger{}))["start"]["workflow"].get<std::string>()).second; };
  for (int i = 0; i < 3; ++i) CHECK(ask());
  CHECK(s.does(write(remove{})).back() == "deleted");
  schedule_state loaded = *decode_state(encode_state(s.state));
  s.state = std::move(loaded);
  REQUIRE(s.put_it(document).starts_with('{'));
  CHECK(ask()); // the clock stands where it stood
}

TEST_CASE("a backfill starts what its time range holds and nothing twice") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all","catch_up_window":"1h")");
  const auto ask = [&](const char* from, const char* to, std::optional<overlap> policy = {}) {
    const std::string said = s.says(write(backfill{*parse_rfc3339(from), *parse_rfc3339(to), policy}));
    return said.starts_with('{') ? workflow::json_value::parse(said)["backfill"].dump() : said;
  };
  CHECK(ask("2026-01-31T08:30:00Z", "2026-01-31T09:00:00Z") ==
        R"({"buffered":0,"fired":4,"present":0,"skipped":0,"times":4})");
  CHECK(s.log() == lines{"fired 08:30:00 backfill", "fired 08:40:00 backfill", "fired 08:50:00 backfill",
                         "fired 09:00:00 backfill"});
  CHECK(ask("2026-01-31T08:20:00Z", "2026-01-31T08:45:00Z") ==
        R"({"buffered":0,"fired":1,"present":2,"skipped":0,"times":3})");
  CHECK(ask("2026-01-31T06:00:00Z", "2026-01-31T06:30:00Z", overlap::skip) ==
        R"({"buffered":0,"fired":0,"present":0,"skipped":4,"times":4})");
  CHECK(ask("2026-01-31T06:00:00Z", "2026-01-31T06:30:00Z", overlap::buffer_all) ==
        R"({"buffered":4,"fired":0,"present":0,"skipped":0,"times":4})");
  CHECK(ask("2026-01-31T06:00:00Z", "2026-01-31T06:30:00Z", overlap::buffer_all) ==
        R"({"buffered":0,"fired":0,"present":4,"skipped":0,"times":4})");
  s.log();
  s.at("2026-01-31T09:15:00Z"); // what is due by time comes by time
  CHECK(ask("2026-01-31T09:05:00Z", "2026-01-31T09:15:00Z") ==
        R"({"buffered":0,"fired":0,"present":1,"skipped":0,"times":1})");
  CHECK(s.log() == lines{"fired 09:10:00"});
  CHECK(ask("2026-01-31T09:05:00Z", "2026-01-31T09:15:01Z") ==
        "to: must not be in the future; times that come are fired when they come");
  CHECK(ask("2026-01-31T09:05:00Z", "2026-01-31T09:00:00Z") == "to: must not be before \"from\"");
  CHECK(ask("2026-01-01T09:05:00Z", "2026-01-31T09:00:00Z") ==
        "to: is more than 500 scheduled times after \"from\"; backfill in parts");
  CHECK(s.log() == lines{});
}

TEST_CASE("a backfill leaves alone what is still to come by time") {
  schedule_driver s;
  s.make(R"("every":"10m","jitter":"10m")");
  const auto times = [&] {
    return s.reply(write(backfill{*parse_rfc3339("2026-01-31T09:05:00Z"), s.now, {}}))["backfill"]["times"].get<int>();
  };
  REQUIRE(s.wake_time()->us - 1 > parse_rfc3339("2026-01-31T09:10:00Z")->us);
  s.now = {s.wake_time()->us - 1};
  CHECK(times() == 0);
  CHECK(s.does(write(pause{})) == lines{"paused"}); // so it will not
  CHECK(times() == 1);
}

TEST_CASE("an end and a number of runs end a schedule") {
  schedule_driver s;
  s.make(
      R"("every":"10m","overlap":"buffer_all","max_runs":2,"ends_at":"2026-01-31T12:00:00Z","catch_up_window":"9h")");
  s.at("2026-01-31T09:20:00Z");
  REQUIRE(s.attempt(wake{}));
  CHECK(s.log() == lines{"fired 09:10:00", "buffered 09:20:00 buffer_all"}); // the second is as good as made
  CHECK_FALSE(s.wake_time());
  s.at("2026-01-31T09:30:00Z");
  CHECK(s.does(wake{}) == lines{});
  CHECK(s.does(write(trigger{overlap::allow_all})) == lines{"fired 09:30:00 trigger"});
  CHECK(read_reply(s.who, s.state, nullptr)->find(R"("status":"finished")") != std::string::npos);
  s.make(R"("every":"10m","overlap":"skip","max_runs":9,"ends_at":"2026-01-31T10:00:00Z","catch_up_window":"9h")");
  s.at("2026-01-31T11:00:00Z");
  CHECK(s.does(wake{}) == lines{"skipped 09:40:00 overlap", "skipped 09:50:00 overlap"});
  CHECK_FALSE(s.wake_time());
  CHECK(read_reply(s.who, s.state, nullptr)->find(R"("status":"finished")") != std::string::npos);
}

TEST_CASE("jitter delays a start, always by the same, and never behind the next") {
  schedule_driver s;
  s.make(R"("every":"10m","overlap":"allow_all","jitter":"1h")");
  const auto due = due_at(*s.state.spec, "nightly", *parse_rfc3339("2026-01-31T09:10:00Z"), {});
  CHECK(due == *s.wake_time());
  s.now = {due.us - 1};
  CHECK(s.does(wake{}) == lines{});
  s.now = due;
  CHECK(s.does(wake{}) == lines{"fired 09:10:00"}); // named for its nominal time
  std::int64_t last = 0, sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const instant nominal{s.now.us / 600'000'000 * 600'000'000 + i * 600'000'000LL};
    const auto at = due_at(*s.state.spec, "nightly", nominal, {});
    CHECK(at >= nominal);
    CHECK(at.us - nominal.us < 600'000'000);
    CHECK(at.us > last);
    CHECK(due_at(*s.state.spec, "nightly", nominal, {}) == at);
    last = at.us;
    sum += at.us - nominal.us;
  }
  CHECK(sum / 1000 > 250'000'000); // spread over the whole of it
  CHECK(sum / 1000 < 350'000'000);
  CHECK(due_at(*s.state.spec, "nightly", {0}, {}) != due_at(*s.state.spec, "other", {0}, {}));
}

TEST_CASE("what jitter delays is not lost to an update, nor to a pause that is over by then") {
  const auto document = [](const char* times, const char* input) {
    return "{" + std::string(times) + R"(,"catch_up_window":"1h","workflow":{"definition":"report","input":)" + input +
           "}}";
  };
  const char* times = R"("every":"10m","jitter":"10m")";
  schedule_driver s;
  REQUIRE(s.put_it(document(times, "{}")).starts_with('{'));
  const instant due = *s.wake_time();
  REQUIRE(due.us - 1 > parse_rfc3339("2026-01-31T09:10:00Z")->us);
  s.now = {due.us - 1};
  s.log();
  SECTION("an update of what is started") {
    REQUIRE(s.put_it(document(times, R"({"of":"mail"})")).starts_with('{'));
    CHECK(s.log() == lines{"configured"});
    CHECK(s.wake_time() == due);
    s.now = due;
    CHECK(s.does(wake{}) == lines{"fired 09:10:00"});
    CHECK(std::get<start_workflow>(s.effects.at(0)).how.input.dump() == R"({"of":"mail"})");
    REQUIRE(s.put_it(document(times, "{}")).starts_with('{'));
    REQUIRE(s.put_it(document(R"("every":"10m","jitter":"9m")", "{}")).starts_with('{'));
    CHECK(s.log() == lines{"configured", "configured"});
    CHECK(s.does(wake{}) == lines{}); // it came already
  }
  SECTION("an update that delays by less") {
    REQUIRE(s.put_it(document(R"("every":"10m")", "{}")).starts_with('{'));
    CHECK(s.does(wake{}) == lines{"configured", "fired 09:10:00"});
  }
  SECTION("an update of the times") {
    REQUIRE(s.put_it(document(R"("every":"5m","jitter":"10m")", "{}")).starts_with('{'));
    CHECK(s.wake_time()->us > s.now.us / 300'000'000 * 300'000'000 + 300'000'000); // the next one
  }
  SECTION("a pause") {
    CHECK(s.does(write(pause{})) == lines{"paused"});
    REQUIRE(s.put_it(document(times, R"({"of":"mail"})")).starts_with('{'));
    s.log();
    CHECK(s.does(write(unpause{})) == lines{"unpaused"});
    CHECK(s.wake_time() == due);
    const schedule_state loaded = *decode_state(encode_state(s.state));
    CHECK(wake_at(s.who, loaded, s.known.find("UTC")) == due);
    schedule_state folded;
    for (const entry_draft& d : s.recorded) REQUIRE(apply_entry(folded, d));
    CHECK(encode_state(folded) == encode_state(s.state));
    s.now = due;
    CHECK(s.does(wake{}) == lines{"fired 09:10:00"});
  }
  SECTION("a pause in which a backfill takes it") {
    CHECK(s.does(write(pause{})) == lines{"paused"});
    CHECK(s.does(write(backfill{*parse_rfc3339("2026-01-31T09:10:00Z"), s.now, {}})) ==
          lines{"fired 09:10:00 backfill"});
    CHECK(s.does(over(id_at("091000"))) == lines{"ended completed"});
    CHECK(s.does(write(unpause{})) == lines{"unpaused"});
    CHECK(*s.wake_time() >= *parse_rfc3339("2026-01-31T09:20:00Z"));
  }
  SECTION("a pause that lasts longer") {
    CHECK(s.does(write(pause{})) == lines{"paused"});
    s.now = due;
    CHECK(s.does(write(unpause{})) == lines{"unpaused"});
    CHECK(*s.wake_time() >= *parse_rfc3339("2026-01-31T09:20:00Z"));
  }
}

TEST_CASE("a schedule follows its zone's clock, and waits if its rules are lost") {
  schedule_driver s;
  s.at("2026-03-28T12:00:00Z");
  s.make(R"("cron":"30 2 * * *","time_zone":"Europe/Berlin")");
  CHECK(facts_for(s.state, wake{}).zones == lines{"Europe/Berlin"});
  CHECK(facts_for(s.state, begun("x")).none());
  CHECK(to_rfc3339(*s.wake_time()) == "2026-03-29T01:00:00.000000Z");
  CHECK(facts_for({}, write(put{workflow::json_value::parse(R"({"time_zone":"UTC"})"), {}, {}, {}})).none());
  const auto moved = workflow::json_value::parse(R"({"time_zone":"America/New_York"})");
  CHECK(facts_for(s.state, write(put{moved, {}, {}, {}})).zones == lines{"Europe/Berlin", "America/New_York"});

  const facts all = s.known;
  s.known.zones.clear();
  s.at("2026-03-29T01:00:00Z");
  CHECK(s.says(wake{}) == "time_zone_unavailable");
  CHECK_FALSE(s.wake_time());
  CHECK(s.put_it(R"({"cron":"0 0 * * *","time_zone":"Mars/Olympus","workflow":{"definition":"report"}})") ==
        "schedule.time_zone: \"Mars/Olympus\" is no time zone that this node knows");
  CHECK(s.does(write(pause{})) == lines{"paused"});
  CHECK(s.put_it(R"({"cron":"0 0 * * *","workflow":{"definition":"report"}})").starts_with('{')); // repaired
}

} // namespace ropewalk::schedule
