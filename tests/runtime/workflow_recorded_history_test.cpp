#include "runtime/workflow/recorded_history.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/limits.hpp"
#include "tests/runtime/workflow_driver.hpp"
#include "tests/runtime/workflow_history_text.hpp"

namespace ropewalk::workflow {
namespace {

constexpr const char* ordered = R"({"name":"order","state":{"n":0},"phases":[
  {"name":"plan","run":"agent","subject":"s","retry":{"attempts":2},"result":"/plan"},
  {"name":"asked","run":"wait","signal":"go","result":"/answer","next":[{"when":{"at":"/answer","is":"yes"},"to":"done"},"end"]},
  {"name":"done","run":"agent","subject":"s","result":"discard"}]})";

// 1 started, 2 noted, 3 plan scheduled, 4 failed, 5 scheduled again, 6 completed, 7 noted, 8 asked scheduled, ...
json_value order_history() {
  workflow_driver w;
  w.define(ordered);
  start s;
  s.definition = "order";
  w.must(write{s}, "k1");
  w.fail(1, "broken");
  w.wake_when_due();
  w.must(write{complete{1, {}, json_value{{"steps", 3}}, "worker"}}, "k2");
  w.must(write{signal{"go", "s1", "yes"}}, "k3");
  w.finish(3);
  REQUIRE(is_over(w.state.status));
  return json_value::parse(history_text(w.who, w.recorded));
}

std::string history_refused(const json_value& document) {
  const auto h = load_history(document.dump());
  if (!h) return h.error().field + ": " + h.error().detail;
  const auto r = replay_history(*h);
  return r ? (r->first ? "differs" : "") : r.error().field + ": " + r.error().detail;
}

replay_report replayed_with(const json_value& document, const std::string& definition) {
  const auto h = load_history(document.dump());
  REQUIRE(h);
  auto r = replay_history(*h, definition);
  if (!r) FAIL(r.error().field << ": " << r.error().detail);
  return *std::move(r);
}

std::string with_another(const std::string& from, const std::string& to) {
  std::string text = ordered;
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::size_t first_of_type(const json_value& history, const std::string& type) {
  for (std::size_t i = 0; i < history["events"].size(); ++i)
    if (history["events"][i]["type"] == type) return i;
  FAIL("no event of type " << type);
  return 0;
}

} // namespace

TEST_CASE("what nodes have recorded comes of it still") {
  std::size_t files = 0;
  for (const auto& e : std::filesystem::directory_iterator(ROPEWALK_SOURCE_DIR "/tests/runtime/histories")) {
    CAPTURE(e.path().filename().string());
    std::ifstream in(e.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto h = load_history(text);
    if (!h) FAIL(h.error().field << ": " << h.error().detail);
    const auto r = replay_history(*h);
    if (!r) FAIL(r.error().field << ": " << r.error().detail);
    if (r->first) FAIL(r->first->version << ": " << r->first->expected << " / " << r->first->got);
    CHECK(r->events == h->events.size());
    ++files;
  }
  CHECK(files > 0);
}

TEST_CASE("a history that is written out as people do is the same history") {
  const json_value document = order_history();
  CHECK(history_refused(document).empty());
  const auto compact = load_history(document.dump()), spread = load_history(document.dump(4));
  REQUIRE(compact);
  REQUIRE(spread);
  REQUIRE(compact->events.size() == spread->events.size());
  for (std::size_t i = 0; i < compact->events.size(); ++i) {
    CHECK(compact->events[i].body == spread->events[i].body);
    CHECK(history_event(compact->events[i]) == history_event(spread->events[i]));
  }
  CHECK(compact->who == entity_key{"acme", entity_kind::workflow, "w1"});
}

TEST_CASE("a request's key tells that its answer was recorded") {
  json_value document = order_history();
  REQUIRE(document["events"][1]["type"] == "scheduled");
  const std::size_t noted = first_of_type(document, "noted");
  REQUIRE(document["events"][0]["idempotency_key"] == "k1");
  document["events"][0].erase("idempotency_key");
  const replay_report r = replayed_with(document, "");
  REQUIRE(r.first);
  CHECK(r.first->version == noted + 1);
  CHECK(r.first->got == "nothing");
}

TEST_CASE("a changed definition differs at the first event that does not come of it") {
  const json_value h = order_history();
  CHECK_FALSE(replayed_with(h, ordered).first);
  CHECK_FALSE(replayed_with(h, with_another("\"name\":\"order\"", "\"name\":\"order\",\"version\":7")).first);
  CHECK_FALSE(
      replayed_with(h, with_another("\"name\":\"done\",", "\"name\":\"done\",\"timeouts\":{\"attempt\":\"7m\"},"))
          .first);

  const replay_report once = replayed_with(h, with_another("\"attempts\":2", "\"attempts\":1"));
  REQUIRE(once.first);
  CHECK(once.first->version == first_of_type(h, "attempt_failed") + 1);
  CHECK_THAT(once.first->expected, Catch::StartsWith(R"({"type":"attempt_failed")"));
  CHECK_THAT(once.first->got, Catch::StartsWith(R"({"type":"failed","run":1)"));

  const replay_report renamed = replayed_with(h, with_another("\"name\":\"plan\"", "\"name\":\"draft\""));
  REQUIRE(renamed.first);
  CHECK(renamed.first->version == 2);
  CHECK_THAT(renamed.first->got, Catch::Contains(R"("phase":"draft")"));

  const replay_report stops = replayed_with(h, with_another("\"is\":\"yes\"", "\"is\":\"no\""));
  REQUIRE(stops.first);
  CHECK_THAT(stops.first->expected, Catch::Contains(R"("phase":"done")"));
  CHECK_THAT(stops.first->got, Catch::StartsWith(R"({"type":"ended","status":"completed")"));

  const replay_report timed =
      replayed_with(h, with_another("\"name\":\"order\"", "\"name\":\"order\",\"timeout\":\"2h\""));
  REQUIRE(timed.first);
  CHECK(timed.first->version == 1);
}

TEST_CASE("a definition that a history cannot be replayed against is refused") {
  const auto h = load_history(order_history().dump());
  REQUIRE(h);
  const auto refused = [&](const recorded_history& history, const std::string& definition) {
    const auto r = replay_history(history, definition);
    return r ? std::string() : r.error().field + ": " + r.error().detail;
  };
  CHECK(refused(*h, with_another("\"name\":\"order\"", "\"name\":\"trip\"")) ==
        "definition: is called \"trip\"; the history is of an instance of \"order\"");
  CHECK_THAT(refused(*h, with_another("\"attempts\":2", "\"attempts\":-2")),
             Catch::StartsWith("phases[0].retry.attempts: "));
  CHECK_THAT(refused(*h, "[]"), Catch::Contains("must be an object"));
  CHECK_THAT(refused({h->who, {}}, ""), Catch::StartsWith("events: "));

  workflow_driver w;
  w.begin(ordered);
  const branch_off b{"w1", w.state.version, encode_state(w.state), json_value::object(), json_value::object()};
  workflow_driver branch;
  branch.who.id = "w2";
  branch.now_us = w.now_us;
  branch.must(write{b});
  const auto of_branch = load_history(history_text(branch.who, branch.recorded));
  REQUIRE(of_branch);
  CHECK(refused(*of_branch, "").empty());
  CHECK_THAT(refused(*of_branch, ordered), Catch::StartsWith("definition: the history is of a branch"));
}

TEST_CASE("a document that is no whole history is refused with its place and the rule") {
  const json_value whole = order_history();
  const std::size_t last = whole["events"].size() - 1;
  const auto changed = [&](const std::string& pointer, const json_value& to) {
    json_value document = whole;
    document[json_value::json_pointer(pointer)] = to;
    return history_refused(document);
  };
  const auto without = [&](const std::string& inside, const std::string& member) {
    json_value document = whole;
    document[json_value::json_pointer(inside)].erase(member);
    return history_refused(document);
  };
  struct row {
    std::string got, starts;
  };
  const row rows[] = {
      {without("", "format"), "format: must be 1"},
      {changed("/format", 2), "format: must be 1"},
      {without("", "org"), "org: must be a string"},
      {changed("/workflow", std::string(limits::id_bytes + 1, 'w')), "workflow: must be a string of 1 to "},
      {changed("/extra", 1), "extra: is not a field of a recorded history"},
      {changed("/events", json_value::array()), "events: must be an array of at least one event"},
      {without("", "events"), "events: must be an array of at least one event"},
      {changed("/version", last), "version: must be the last event's"},
      {changed("/events/2", 7), "events[2]: must be an object, not a number"},
      {changed("/events/2/version", 2), "events[2].version: must be 3: a history has every event"},
      {without("/events/2", "version"), "events[2].version: must be 3"},
      {without("/events/2", "type"), "events[2].type: must be given"},
      {changed("/events/2/type", 7), "events[2].type: must be a string"},
      {changed("/events/2/type", "danced"), "events[2].type: a workflow has no event of type \"danced\""},
      {changed("/events/0/type", "paused"), "events[0].reason: of a \"paused\" event: "},
      {changed("/events/0/type", "resumed"), "events[0].type: must be \"started\" in the first event"},
      {without("/events/2", "time"), "events[2].time: must be given"},
      {changed("/events/2/time", "yesterday"), "events[2].time: "},
      {changed("/events/2/time", "2001-01-01T00:00:00Z"), "events[2].time: must not be before"},
      {changed("/events/2/idempotency_key", ""), "events[2].idempotency_key: must be a string of 1 to 128 bytes"},
      {changed("/events/1/fields_left_out", true), "events[1].fields_left_out: the event came without its fields"},
      {changed("/events/1/attempt", "one"), "events[1].attempt: of a \"scheduled\" event: "},
      {without("/events/1", "line"), "events[1].line: of a \"scheduled\" event: "},
      {changed("/events/1/colour", "red"), "events[1].colour: is not a field of a \"scheduled\" event"},
      {changed("/events/0/document/phases/0/run", "dance"), "events[0].document: of a \"started\" event: "},
  };
  for (const row& r : rows) CHECK_THAT(r.got, Catch::StartsWith(r.starts));
  CHECK_FALSE(load_history("{\"format\":1,"));
  CHECK_FALSE(load_history("{\"format\":1,\"format\":1}"));
  CHECK(history_refused(json_value::array()) == ": must be an object, not an array");

  json_value tail = whole;
  tail["events"].erase(0);
  CHECK_THAT(history_refused(tail), Catch::StartsWith("events[0].version: must be 1"));
  json_value twice = whole;
  twice["events"][2] = twice["events"][0];
  twice["events"][2]["version"] = 3;
  twice["events"][2]["time"] = twice["events"][1]["time"];
  CHECK_THAT(history_refused(twice), Catch::StartsWith("events[2].type: must be \"started\" in the first event"));
}

TEST_CASE("a branch that began with a state which cannot be is refused") {
  std::ifstream in(ROPEWALK_SOURCE_DIR "/tests/runtime/histories/audit_branch.json");
  const json_value whole = json_value::parse(in);
  REQUIRE(history_refused(whole).empty());
  const std::string state = "/events/0/branched_from/state";
  const auto changed = [&](const std::string& pointer, const json_value& to) {
    json_value document = whole;
    const json_value::json_pointer at(state + pointer);
    REQUIRE(document.contains(at));
    document[at] = to;
    return history_refused(document);
  };
  const std::string refused = "events[0].branched_from.state: is no state that an instance can be in";
  CHECK(changed("/runs/0/compensates", 1) == refused);
  CHECK(changed("/runs/1/line", 7) == refused);
  CHECK(changed("/runs/0/gathers/closed", 0).empty()); // not what a replay looks at
  CHECK_THAT(changed("/lines/0/current", 99), Catch::StartsWith("events[0].branched_from.state: "));
  CHECK(changed("/lines/1/parent", 4) == refused); // within itself
  CHECK(changed("/lines/1/branch", "third") == refused);
  CHECK(changed("/next_run", 2) == refused);
  CHECK_THAT(changed("/runs/0/status", "well"), Catch::StartsWith("events[0].branched_from.state: "));
}

TEST_CASE("a history beyond its bounds is too large") {
  const auto bytes = load_history(std::string(limits::history_bytes + 1, ' '));
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code == errc::too_large);
  std::string values = "[0";
  values.reserve(2 * limits::history_values + 4);
  for (std::uint32_t i = 0; i < limits::history_values; ++i) values += ",0";
  const auto many = load_history(values + ']');
  REQUIRE_FALSE(many);
  CHECK(many.error().code == errc::too_large);
}

} // namespace ropewalk::workflow
