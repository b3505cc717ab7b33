#include "runtime/limits.hpp"
#include "tests/runtime/workflow_driver.hpp"

namespace ropewalk::workflow {
namespace {

// Three phases that can be undone, and one that fails.
const std::string saga = R"({"name":"d","retry":{"attempts":1},"phases":[
  {"name":"a","run":"agent","subject":"x","compensate":{"run":"agent","subject":"undo","input":{"n":{"$":"/n"}}}},
  {"name":"p","run":"parallel","branches":{
    "l":[{"name":"b","run":"agent","subject":"x","compensate":{"run":"agent","subject":"undo"}}],
    "r":[{"name":"c","run":"agent","subject":"x","compensate":{"run":"agent","subject":"undo","retry":{"attempts":2,"first":"1s"}}}]}},
  {"name":"last","run":"agent","subject":"x"}]})";

void to_last(workflow_driver& w) {
  w.begin(saga);
  w.finish(w.open_run("a"), R"({"n":1})");
  w.finish(w.open_run("c"));
  w.finish(w.open_run("b"));
  REQUIRE(w.open_run("last") != 0);
  w.sent.clear();
}

} // namespace

TEST_CASE("a failure undoes what was completed, last first, and then the workflow has failed") {
  workflow_driver w;
  to_last(w);
  w.fail(w.open_run("last"), "broken");
  CHECK(w.status() == "compensating");
  CHECK(w.work_through() == std::vector<std::string>{"undo b", "undo c", "undo a"});
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "broken");
  CHECK(w.refused(write{retry{}}) == "workflow_compensated");
}

TEST_CASE("cancel calls off what is outstanding, undoes, and ends as cancelled") {
  workflow_driver w;
  to_last(w);
  const std::uint64_t last = w.open_run("last");
  w.must(write{cancel{"not needed"}});
  CHECK(w.take<cancel_dispatch>().at(0).run == last);
  CHECK(w.refused(write{signal{"x", "", json_value::object()}}) == "workflow_stopping");
  CHECK(w.refused(write{pause{}}) == "workflow_stopping");
  CHECK(w.must(write{cancel{"again"}}).events.empty());
  CHECK(w.reply(write{complete{last, {}, json_value::object(), "slow"}}).at("late") == true);
  w.restart();
  CHECK(w.work_through() == std::vector<std::string>{"undo b", "undo c", "undo a"});
  CHECK(w.status() == "cancelled");
  CHECK(w.state.why.message == "not needed");
  CHECK(w.refused(write{cancel{""}}) == "workflow_closed");
}

TEST_CASE("a checkpoint belongs to every phase, and to no element or compensation: they change no state") {
  workflow_driver w;
  w.begin(R"({"name":"d","retry":{"attempts":2},"state":{"i":[1,2]},"phases":[
    {"name":"a","run":"agent","subject":"x","compensate":{"run":"agent","subject":"undo"}},
    {"name":"p","run":"parallel","branches":{"l":[{"name":"b","run":"agent","subject":"x"}],"r":[{"name":"c","run":"sleep","for":"1s"}]}},
    {"name":"m","run":"map","over":"/i","result":"/done","do":
      {"name":"one","run":"agent","subject":"x","compensate":{"run":"agent","subject":"undo"}}},
    {"name":"last","run":"wait","signal":"s"}]})");
  w.fail(w.open_run("a"), "broken");
  w.wake_when_due();
  w.finish(w.open_run("a"));
  w.finish(w.open_run("b"));
  w.wake_when_due();
  const std::string before = w.value();
  w.finish(w.open_run("one"), "1");
  CHECK(w.value() == before);
  w.finish(w.open_run("one"), "2");
  const std::string at_last = w.value();
  w.must(write{checkpoint{"by hand"}});
  w.must(write{cancel{""}});
  w.sent.clear();
  for (int undone = 0; undone < 3; ++undone) {
    std::uint64_t open = 0;
    for (const auto& [number, r] : w.state.runs)
      if (r.compensates != 0) open = number;
    REQUIRE(open != 0);
    w.finish(open, R"({"undone":true})");
    CHECK(w.value() == at_last);
  }
  CHECK(w.status() == "cancelled");
  std::vector<std::string> told;
  for (const entry_draft& draft : w.recorded) {
    const auto e = decode_event(draft.type, draft.body);
    REQUIRE(e);
    if (!wants_checkpoint(*e)) continue;
    const auto* s = std::get_if<scheduled>(&*e);
    told.push_back(s ? s->phase : "on demand");
  }
  CHECK(told == std::vector<std::string>{"a", "p", "b", "c", "m", "last", "on demand"});
}

TEST_CASE("a compensation that fails is named, the others are still made") {
  workflow_driver w;
  to_last(w);
  w.must(write{cancel{""}});
  w.finish(w.only_dispatch().run);
  const auto c = w.only_dispatch();
  w.fail(c.run, "stuck");
  w.wake_when_due();
  CHECK(w.only_dispatch().attempt == 2);
  w.fail(c.run, "stuck");
  const auto a = w.only_dispatch();
  CHECK(a.input->dump() == R"({"n":1})");
  w.finish(a.run);
  CHECK(w.status() == "failed");
  CHECK(w.state.why.code == "compensation_failed");
  CHECK(w.state.why.message.find("run 4 ") != std::string::npos); // c
}

TEST_CASE("terminate ends at once: nothing is undone and nobody is awaited") {
  workflow_driver w;
  to_last(w);
  w.must(write{terminate{"enough"}});
  CHECK(w.status() == "terminated");
  CHECK(w.take<dispatch>().empty());
  CHECK(w.take<cancel_dispatch>().size() == 1);
  CHECK(w.refused(write{terminate{""}}) == "workflow_closed");
}

TEST_CASE("cancel passes on to children and waits for their end, terminate does not wait") {
  for (const bool at_once : {false, true}) {
    workflow_driver w;
    w.begin(
        R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x","compensate":{"run":"agent","subject":"u"}},
      {"name":"c","run":"workflow","definition":"kid","id":"kid-1"}]})");
    w.finish(1);
    w.sent.clear();
    if (at_once) w.must(write{terminate{""}});
    else w.must(write{cancel{""}});
    const auto told = w.take<cancel_child>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].child == "kid-1");
    CHECK(told[0].how.terminate == at_once);
    CHECK(w.status() == (at_once ? "terminated" : "compensating"));
    CHECK(w.take<dispatch>().empty());
    w.restart();
    CHECK(w.take<cancel_child>().size() == 1); // until it is known to have ended
    w.must(child_ended{2, "kid-1", child_end::cancelled, {}, {}});
    CHECK_FALSE(w.state.leaving.contains("kid-1"));
    if (at_once) continue;
    CHECK(w.only_dispatch().compensation);
    w.finish(w.open_run("a"));
    CHECK(w.status() == "cancelled");
  }
}

TEST_CASE("a child that is told to stop tells its parent, also if it never began") {
  workflow_driver never, child;
  never.must(stop_child{{"w0", 3}, false, "x"});
  CHECK(never.take<report_to_parent>().at(0).what.how == child_end::cancelled);
  child.define(R"({"name":"kid","phases":[{"name":"k","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "kid";
  s.parent = parent_run{"w0", 3};
  child.must(write{s});
  child.must(stop_child{{"w0", 3}, false, "x"});
  CHECK(child.status() == "cancelled");
  CHECK(child.take<report_to_parent>().at(0).parent == "w0");
  child.must(stop_child{{"w0", 3}, false, "x"});
  CHECK(child.take<report_to_parent>().size() == 1);
}

TEST_CASE("a child whose state is larger than a result may be says so instead") {
  workflow_driver child;
  child.define(
      R"({"name":"kid","phases":[{"name":"a","run":"agent","subject":"x"},{"name":"b","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "kid";
  s.parent = parent_run{"w0", 3};
  child.must(write{s});
  const std::string half(limits::phase_result_bytes / 2, 'x');
  child.must(write{complete{1, {}, json_value{{"a", half}}, "worker"}});
  child.must(write{complete{2, {}, json_value{{"b", half}}, "worker"}});
  CHECK(child.status() == "completed");
  const auto told = child.take<report_to_parent>().at(0).what;
  CHECK(told.how == child_end::failed);
  CHECK(told.why.code == "result_too_large");
  CHECK(told.state.is_null());
}

TEST_CASE("a schedule's start is told to it, a repeat of it again, and its end however it comes") {
  const auto begin = [](workflow_driver& w) {
    w.define(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
    start s;
    s.definition = "d";
    s.attributes = {{"schedule", "nightly"}, {"scheduled_time", "t"}};
    s.if_absent = true;
    s.scheduled_by = "nightly";
    return s;
  };
  for (const char* end : {"completed", "failed", "cancelled", "terminated"}) {
    workflow_driver w;
    const start s = begin(w);
    w.must(write{s});
    auto told = w.take<report_to_schedule>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].schedule == "nightly");
    CHECK(!told[0].how);
    CHECK(w.must(write{s}).events.empty());
    CHECK(w.take<report_to_schedule>().size() == 1);
    w.must(report_if_over{"nightly"});
    CHECK(w.take<report_to_schedule>().empty());
    if (end == std::string("completed")) w.finish(1);
    if (end == std::string("failed")) w.must(write{complete{1, {}, failure{{"no", ""}, true}, ""}});
    if (end == std::string("cancelled")) w.must(write{cancel{""}});
    if (end == std::string("terminated")) w.must(write{terminate{""}});
    told = w.take<report_to_schedule>();
    REQUIRE(told.size() == 1);
    CHECK(name(*told[0].how) == end);
    w.must(report_if_over{"nightly"});
    CHECK(name(*w.take<report_to_schedule>().at(0).how) == end);
    w.must(write{s}); // sent again by a schedule that knows of neither
    told = w.take<report_to_schedule>();
    REQUIRE(told.size() == 2);
    CHECK(!told[0].how);
    CHECK(name(*told[1].how) == end);
  }
}

TEST_CASE("a schedule takes no instance for its own that others started, and hears of one that is gone") {
  workflow_driver w, never;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "d";
  s.attributes = {{"schedule", "nightly"}};
  s.if_absent = true;
  s.scheduled_by = "nightly";
  CHECK(w.attempt(write{s}).error().type == "workflow_exists");
  w.finish(1);
  CHECK(w.take<report_to_schedule>().empty());
  never.must(report_if_over{"nightly"});
  CHECK(never.take<report_to_schedule>().at(0).how == child_end::failed);
}

TEST_CASE("a pause lets workers end and starts nothing new until it is resumed") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"},{"name":"b","run":"sleep","for":"1s"},{"name":"c","run":"wait","signal":"s"}]})");
  w.must(write{pause{"audit"}});
  CHECK(w.must(write{pause{"audit"}}).events.empty());
  w.sent.clear();
  w.finish(1, R"({"n":1})");
  CHECK(w.value() == R"({"n":1})");
  CHECK_FALSE(wake_at(w.state, &w.alive));
  w.must(write{signal{"s", "s1", json_value::object()}});
  w.must(write{update{json_value{{"n", 2}}, "mended", {}}});
  CHECK(w.refused(write{update{json_value{{"n", 2}}, "mended", 1}}) == "version_mismatch");
  w.must(write{resume{}});
  CHECK(w.open_run("b") != 0);
  w.must(write{pause{""}});
  w.pass(10'000'000);
  CHECK(w.open_run("b") != 0);
  w.must(write{resume{}});
  w.wake_when_due();
  CHECK(w.status() == "completed");
  CHECK(w.value() == R"({"n":2})");
}

TEST_CASE("retry goes on where a workflow failed: what was completed does not run again") {
  workflow_driver w;
  w.begin(
      R"({"name":"d","retry":{"attempts":1},"state":{"items":[1,2,3]},"phases":[{"name":"p","run":"parallel","branches":{
    "l":[{"name":"b","run":"agent","subject":"x"},{"name":"b2","run":"agent","subject":"x"}],
    "r":[{"name":"m","run":"map","over":"/items","result":"/done","concurrency":3,"do":{"name":"one","run":"agent","subject":"x"}}]}}]})");
  w.finish(w.open_run("b"));
  w.finish(w.open_run("one"), "1");
  w.fail(w.open_run("one"), "broken");
  CHECK(w.status() == "failed");
  CHECK(w.state.why.message.find("element 1") != std::string::npos);
  w.sent.clear();
  w.must(write{update{json_value{{"mended", true}}, "", {}}});
  w.must(write{retry{{}, "mended"}});
  const auto again = w.take<dispatch>();
  std::vector<std::string> phases;
  for (const auto& d : again) phases.push_back(d.phase);
  CHECK(phases == std::vector<std::string>{"b2", "one", "one"});
  for (const auto& d : again) w.finish(d.run, d.phase == "one" ? "2" : "{}");
  CHECK(w.status() == "completed");
  CHECK(w.state.value->at("done").dump() == "[1,2,2]");
}

TEST_CASE("retry does not wait for the pause of a run; there must be something to retry") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  CHECK(w.refused(write{retry{}}) == "nothing_to_retry");
  w.fail(1, "broken");
  w.sent.clear();
  w.must(write{retry{1, ""}});
  CHECK(w.only_dispatch().attempt == 2);
}

TEST_CASE("a crashed workflow is parked, and goes on when it is resumed") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  w.must(crash{"boom", 5});
  CHECK(w.status() == "crashed");
  CHECK_FALSE(wake_at(w.state));
  CHECK(w.refused(write{complete{1, {}, json_value::object(), ""}}) == "workflow_crashed");
  CHECK(w.refused(write{pause{""}}) == "workflow_crashed");
  w.sent.clear();
  w.must(write{resume{}});
  CHECK(w.only_dispatch().run == 1);
  w.finish(1);
  CHECK(w.status() == "completed");
}

TEST_CASE("a branch goes on from a recorded state with another value, and undoes nothing of the first") {
  workflow_driver w;
  to_last(w);
  const std::string checkpoint = encode_state(w.state);
  workflow_driver other;
  other.who.id = "w2";
  other.must(write{branch_off{"w1", w.state.version, checkpoint, json_value{{"n", 7}}, json_value::object()}});
  const auto d = other.only_dispatch();
  CHECK(d.phase == "last");
  CHECK(d.input->dump() == R"({"n":7})");
  CHECK(d.run > w.open_run("last"));
  CHECK(other.state.branched_from == branch_point{"w1", w.state.version});
  other.restart();
  other.must(write{cancel{""}});
  CHECK(other.status() == "cancelled");
  w.finish(w.open_run("last"));
  workflow_driver late;
  CHECK(late.refused(write{branch_off{"w1", 1, encode_state(w.state), json_value::object(), json_value::object()}}) ==
        "nothing_to_run");
  CHECK(late.refused(write{branch_off{"w1", 1, "{}", json_value::object(), json_value::object()}}) == "corrupt_record");
}

TEST_CASE("a workflow is started once") {
  workflow_driver w;
  CHECK(w.refused(write{pause{""}}) == "workflow_not_found");
  start s;
  s.definition = "d";
  s.if_absent = true;
  CHECK(w.refused(write{s}) == "definition_not_found");
  w.define(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  CHECK(w.reply(write{s}).at("created") == true);
  CHECK(w.reply(write{s}).at("created") == false);
  s.input = json_value{{"n", 1}};
  CHECK(w.refused(write{s}) == "workflow_exists");
  s.input = json_value::object();
  s.if_absent = false;
  CHECK(w.refused(write{s}) == "workflow_exists");
}

TEST_CASE("an instance is taken as it is if its definition, a version that is given and its input are the same") {
  workflow_driver w;
  w.define(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "d";
  s.input = json_value{{"n", 1}};
  s.if_absent = true;
  w.must(write{s});
  const auto differs = [&](const start& other) {
    const auto d = w.attempt(write{other});
    REQUIRE_FALSE(d);
    CHECK(d.error().type == "workflow_exists");
    return d.error().detail;
  };
  s.version = 1;
  s.attributes = json_value{{"team", "x"}}; // say what it is filed under, not what it does
  CHECK(w.reply(write{s}).at("created") == false);
  CHECK(w.state.attributes.empty());
  s.version = 2;
  CHECK_THAT(differs(s), Catch::Contains("is of version 1 of definition \"d\""));
  s.version.reset();
  s.input = json_value{{"n", 2}};
  CHECK_THAT(differs(s), Catch::Contains("has another input"));
  s.definition = "e";
  CHECK_THAT(differs(s), Catch::Contains("is of version 1 of definition \"d\""));
  s.if_absent = false;
  CHECK_THAT(differs(s), Catch::Contains("use if_absent"));
}

TEST_CASE("a schedule knows its instance again though its document names another version by now") {
  workflow_driver w;
  w.define(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "d";
  s.version = 1;
  s.attributes = {{"schedule", "nightly"}};
  s.if_absent = true;
  s.scheduled_by = "nightly";
  w.must(write{s});
  s.version = 2;
  w.sent.clear();
  CHECK(w.must(write{s}).events.empty());
  CHECK(w.take<report_to_schedule>().size() == 1);
}

TEST_CASE("a keyed command's answer is recorded byte for byte") {
  workflow_driver w;
  w.define(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  start s;
  s.definition = "d";
  const auto d = w.must(write{s}, "key-1");
  REQUIRE(w.state.keys.find("key-1"));
  std::vector<event> events;
  for (const auto& draft : w.recorded) events.push_back(*decode_event(draft.type, draft.body));
  const auto again = recorded_reply(events);
  REQUIRE(again);
  CHECK(*again == d.reply);
  CHECK(json_value::parse(*again).at("workflow").at("version") == w.state.version);
}

TEST_CASE("records that do not fit are corrupt, and change nothing") {
  workflow_driver w;
  w.begin(R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"x"}]})");
  const std::pair<const char*, const char*> rows[] = {
      {"completed", R"({"run":2,"result":{}})"},
      {"completed", R"({"run":1})"},
      {"completed", R"({"run":-1,"result":{}})"},
      {"scheduled", R"({"run":2,"line":4,"phase":"a","attempt":1,"deadlines":{}})"},
      {"scheduled", R"({"run":2,"line":0,"phase":"b","attempt":1,"deadlines":{}})"},
      {"scheduled", R"({"run":1,"line":0,"phase":"a","attempt":2,"deadlines":{}})"},
      {"line_closed", R"({"line":0})"},
      {"signal_taken", R"({"run":1,"id":"s"})"},
      {"compensation_scheduled", R"({"run":2,"of":1,"phase":"a","attempt":1,"deadlines":{}})"},
      {"resumed", "{}"},
      {"ended", R"({"status":"done","code":"","message":""})"},
      {"ended", R"({"status":"running","code":"","message":""})"},
      {"invented", "{}"},
      {"paused", "[]"},
      {"paused", "{"},
  };
  const std::string before = encode_state(w.state);
  for (const auto& [type, body] : rows) {
    CAPTURE(type, body);
    const auto applied = apply_entry(w.state, {type, body, w.state.version + 1, instant{w.now_us}, {}});
    REQUIRE_FALSE(applied);
    CHECK(applied.error().code == errc::corrupt);
    CHECK(encode_state(w.state) == before);
  }
  for (const std::string& cut : {before.substr(0, before.size() / 2), std::string("{}"), std::string("[]")})
    CHECK_FALSE(decode_state(cut));
}

} // namespace ropewalk::workflow
