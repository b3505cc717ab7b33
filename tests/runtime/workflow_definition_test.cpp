// What a definition may say, and where the error points when it says something else.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/limits.hpp"
#include "runtime/workflow/definition.hpp"
#include "tests/runtime/workflow_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;
using namespace std::string_literals;

namespace {

// A definition of one phase.
std::string of(const std::string& phase) { return R"({"name":"d","phases":[)" + phase + "]}"; }
// An agent phase with a further field.
std::string agent(const std::string& more) {
  return of(R"({"name":"a","run":"agent","subject":"s",)" + more + "}");
}
// Two agent phases, the first with a further field.
std::string two(const std::string& more) {
  return R"({"name":"d","phases":[{"name":"a","run":"agent","subject":"s",)" + more +
         R"(},{"name":"b","run":"sleep","for":"1s"}]})";
}
// A definition of one sleep, with a further field.
std::string top(const std::string& more) {
  return R"({"name":"d","phases":[{"name":"a","run":"sleep","for":"1s"}],)" + more + "}";
}
std::string thread(const std::string& fields) { return of(R"({"name":"t","run":"thread",)" + fields + "}"); }
std::string map(const std::string& element, const std::string& more = "") {
  return of(R"({"name":"m","run":"map","over":"/x","do":)" + element + more + "}");
}
std::string parallel(const std::string& branches, const std::string& more = "") {
  return of(R"({"name":"p","run":"parallel","branches":)" + branches + more + "}");
}

const std::string sleep_a = R"({"name":"a","run":"sleep","for":"1s"})";
const std::string sleep_b = R"({"name":"b","run":"sleep","for":"1s"})";
const std::string agent_a = R"({"name":"a","run":"agent","subject":"s"})";

std::string repeated(const std::string& text, std::size_t times, const std::string& between = "") {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += (i == 0 ? "" : between) + text;
  return out;
}

std::string sleeps(std::size_t count, const std::string& prefix = "s") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out +=
        (i == 0 ? "" : ",") + R"({"name":")"s + prefix + std::to_string(i) + R"(","run":"sleep","for":"1s"})";
  return out;
}

// A parallel in a parallel, `levels` of them.
std::string nested(std::size_t levels) {
  if (levels == 0) return R"({"name":"inmost","run":"sleep","for":"1s"})";
  const std::string n = std::to_string(levels);
  return R"({"name":"p)" + n + R"(","run":"parallel","branches":{"x":[)" + nested(levels - 1) +
         R"(],"y":[{"name":"y)" + n + R"(","run":"sleep","for":"1s"}]}})";
}

struct bad {
  std::string document;
  std::string field;
  std::string rule; // a part of the sentence
};

const bad table[] = {
    // The document itself.
    {"", "", "value"},
    {"{\"name\":\"d\",}", "", ""},
    {R"({"name":"d","name":"d"})", "name", ""},
    {"[]", "", "must be an object, not an array"},
    {"{}", "name", "is required"},
    {R"({"name":"d"})", "phases", "is required"},
    {R"({"name":3,"phases":[]})", "name", "must be a string, not a number"},
    {R"({"name":"","phases":[]})", "name", "1 to 64 characters"},
    {R"({"name":"a b","phases":[]})", "name", "A-Z a-z 0-9 _ -"},
    {R"({"name":")" + std::string(65, 'x') + R"(","phases":[]})", "name", "1 to 64"},
    {R"({"name":"d","phases":[]})", "phases", "must have 1 to 256 phases"},
    {R"({"name":"d","phases":{}})", "phases", "must be an array, not an object"},
    {R"({"name":"d","phases":[)" + sleeps(257) + "]}", "phases", "must have 1 to 256 phases"},
    {top(R"("version":0)"), "version", "an integer from 1 to 1000000000"},
    {top(R"("version":1000000001)"), "version", "an integer from 1"},
    {top(R"("version":18446744073709551615)"), "version", "an integer from 1"},
    {top(R"("version":-1)"), "version", "an integer from 1"},
    {top(R"("version":3.0)"), "version", "an integer from 1"},
    {top(R"("version":"3")"), "version", "an integer from 1"},
    {top(R"("description":7)"), "description", "must be a string"},
    {top(R"("description":")" + std::string(1025, 'x') + "\""), "description", "at most 1024 bytes"},
    {top(R"("timeout":60)"), "timeout", "must be a string, not a number"},
    {top(R"("timeout":"0s")"), "timeout", "more than 0"},
    {top(R"("timeout":"3651d")"), "timeout", "at most 3650d"},
    {top(R"("timeout":"soon")"), "timeout", "must be a duration"},
    {top(R"("state":[])"), "state", "must be an object, not an array"},
    {top(R"("steps":[])"), "steps", "is not a field of a definition"},
    {top("\"" + std::string(65, 'x') + "\":1"), "", "a name of 65 bytes"},
    {top(R"("retry":{"attempts":1001})"), "retry.attempts", "an integer from 0 to 1000"},
    {top(R"("retry":{"times":3})"), "retry.times", "is not a field of a retry policy"},
    {top(R"("timeouts":{"whole":"1s"})"), "timeouts.whole", "is not a field of timeouts"},
    {top(R"("timeouts":{"total":"1"})"), "timeouts.total", "must be a duration"},
    // Any phase.
    {of("3"), "phases[0]", "must be an object, not a number"},
    {of(R"({"run":"sleep","for":"1s"})"), "phases[0].name", "is required"},
    {of(R"({"name":"a"})"), "phases[0].run", "is required"},
    {of(R"({"name":"a","run":"shell"})"), "phases[0].run", "must be one of \"agent\", \"task\""},
    {of(R"({"name":"a","run":null})"), "phases[0].run", "must be a string, not null"},
    {of(R"({"name":"a.b","run":"sleep","for":"1s"})"), "phases[0].name", "1 to 64 characters"},
    {of(R"({"name":"end","run":"sleep","for":"1s"})"), "phases[0].name", "must not be \"end\""},
    {of(sleep_a + "," + sleep_a), "phases[1].name", "another phase already: \"a\""},
    {of(sleep_a + "," + R"({"name":"p","run":"parallel","branches":{"x":[)" + sleep_b + R"(],"y":[)" +
        sleep_a + "]}}"),
     "phases[1].branches.y[0].name", "another phase already"},
    {agent(R"("queue":"q")"), "phases[0].queue", "is not a field of agent phases"},
    {agent(R"("timeout":"1s")"), "phases[0].timeout", "is not a field of agent phases"},
    {agent(R"("description":[])"), "phases[0].description", "must be a string"},
    // Conditions and order.
    {agent(R"("when":true)"), "phases[0].when", "must be an object, not a boolean"},
    {agent(R"("when":{})"), "phases[0].when", "one of at, all, any, none"},
    {agent(R"("when":{"any":[{"at":"/x","is":1},{"at":"x","is":1}]})"), "phases[0].when.any[1].at",
     "JSON pointer"},
    {two(R"("next":"c")"), "phases[0].next", "names no phase of the same list: \"c\""},
    {two(R"("next":"")"), "phases[0].next", "1 to 64 characters"},
    {two(R"("next":3)"), "phases[0].next", "a phase's name, \"end\" or an array"},
    {two(R"("next":[])"), "phases[0].next", "must have 1 to 64 transitions"},
    {two(R"("next":[{"when":{"at":"/x","is":1},"to":"b"}])"), "phases[0].next[0]",
     "where to go if no condition holds"},
    {two(R"("next":["b","end"])"), "phases[0].next[0]", "is never reached"},
    {two(R"("next":[{"to":"b"},"end"])"), "phases[0].next[0].when", "is required"},
    {two(R"("next":[{"when":{"at":"/x","is":1}},"end"])"), "phases[0].next[0].to", "is required"},
    {two(R"("next":[{"when":{"at":"/x"},"to":"b"},"end"])"), "phases[0].next[0].when", "one of is, not, in"},
    {two(R"("next":[{"when":{"at":"/x","is":1},"to":"c"},"end"])"), "phases[0].next[0].to", "names no phase"},
    {two(R"("next":[{"when":{"at":"/x","is":1},"to":"b"},"c"])"), "phases[0].next[1]", "names no phase"},
    {two(R"("next":[{"when":{"at":"/x","is":1},"to":"b","else":"c"},"end"])"), "phases[0].next[0].else",
     "is not a field of a transition"},
    {of(sleep_b +
        R"(,{"name":"p","run":"parallel","branches":{"x":[{"name":"q","run":"sleep","for":"1s","next":"b"}],"y":[)" +
        sleep_a + "]}}"),
     "phases[1].branches.x[0].next", "names no phase of the same list"},
    // Results, retry, time limits.
    {agent(R"("result":"keep")"), "phases[0].result", "\"merge\", \"discard\" or a JSON pointer"},
    {agent(R"("result":"")"), "phases[0].result", "\"merge\", \"discard\" or a JSON pointer"},
    {agent(R"("result":"/a~2")"), "phases[0].result", "must be a JSON pointer"},
    {agent(R"("result":true)"), "phases[0].result", "must be a string"},
    {agent(R"("retry":3)"), "phases[0].retry", "must be an object"},
    {agent(R"("retry":{"attempts":-1})"), "phases[0].retry.attempts", "from 0 to 1000"},
    {agent(R"("retry":{"attempts":1.5})"), "phases[0].retry.attempts", "from 0 to 1000"},
    {agent(R"("retry":{"first":"0ms"})"), "phases[0].retry.first", "more than 0"},
    {agent(R"("retry":{"first":"2m","most":"1m"})"), "phases[0].retry.most", "must not be less than first"},
    {agent(R"("retry":{"factor":0.5})"), "phases[0].retry.factor", "a number from 1 to 10"},
    {agent(R"("retry":{"factor":10.1})"), "phases[0].retry.factor", "a number from 1 to 10"},
    {agent(R"("retry":{"factor":"2"})"), "phases[0].retry.factor", "a number from 1 to 10"},
    {agent(R"("retry":{"not_on":"x"})"), "phases[0].retry.not_on", "must be an array"},
    {agent(R"("retry":{"not_on":["x",""]})"), "phases[0].retry.not_on[1]", "must not be empty"},
    {agent(R"("retry":{"not_on":[)" + repeated("\"x\"", 17, ",") + "]}"), "phases[0].retry.not_on",
     "0 to 16 codes"},
    {agent(R"("timeouts":{"start":"1h1h"})"), "phases[0].timeouts.start", "must be a duration"},
    {agent(R"("timeouts":{"heartbeat":null})"), "phases[0].timeouts.heartbeat", "must be a string, not null"},
    {agent(R"("compensate":"undo")"), "phases[0].compensate", "must be an object"},
    {agent(R"("compensate":{"subject":"s"})"), "phases[0].compensate.run", "is required"},
    {agent(R"("compensate":{"run":"sleep","for":"1s"})"), "phases[0].compensate.run",
     "must be one of \"agent\""},
    {agent(R"("compensate":{"run":"task"})"), "phases[0].compensate.queue", "is required"},
    {agent(R"("compensate":{"run":"task","queue":"q","next":"end"})"), "phases[0].compensate.next",
     "is not a field of a compensation by task"},
    {agent(R"("compensate":{"run":"task","queue":"q","retry":{"attempts":"2"}})"),
     "phases[0].compensate.retry.attempts", "an integer"},
    // Kinds that hand work out.
    {of(R"({"name":"a","run":"agent"})"), "phases[0].subject", "is required"},
    {of(R"({"name":"a","run":"agent","subject":""})"), "phases[0].subject", "must not be empty"},
    {of(R"({"name":"a","run":"agent","subject":"a.*"})"), "phases[0].subject", "no wildcards"},
    {of(R"({"name":"a","run":"agent","subject":"a.>"})"), "phases[0].subject", "no wildcards"},
    {of(R"({"name":"a","run":"agent","subject":"a b"})"), "phases[0].subject", "no spaces"},
    {of(R"({"name":"a","run":"agent","subject":"a..b"})"), "phases[0].subject", "tokens with dots"},
    {of(R"({"name":"a","run":"agent","subject":".a"})"), "phases[0].subject", "tokens with dots"},
    {of(R"({"name":"a","run":"agent","subject":"a."})"), "phases[0].subject", "tokens with dots"},
    {of(R"({"name":"a","run":"agent","subject":"a\tb"})"), "phases[0].subject", "no control characters"},
    {of(R"({"name":"a","run":"agent","subject":"$JS.API.INFO"})"), "phases[0].subject", "belong to NATS"},
    {of(R"({"name":"a","run":"agent","subject":"_INBOX.x"})"), "phases[0].subject", "belong to NATS"},
    {agent(R"("input":{"x":{"$":"y"}})"), "phases[0].input.x.$", "JSON pointer"},
    {agent(R"("input":[1,{"$item":""}])"), "phases[0].input[1].$item", "\"do\" of a map alone"},
    {of(R"({"name":"a","run":"task","queue":"a.b"})"), "phases[0].queue", "1 to 128 characters"},
    {of(R"({"name":"a","run":"local","function":"f x"})"), "phases[0].function", "1 to 64 characters"},
    {of(R"({"name":"a","run":"exec","command":"/bin/sh"})"), "phases[0].command", "1 to 64 characters"},
    {of(R"({"name":"a","run":"exec","command":"c","args":"x"})"), "phases[0].args", "must be an array"},
    {of(R"({"name":"a","run":"exec","command":"c","args":["x",1]})"), "phases[0].args[1]",
     "must be a string"},
    {of(R"({"name":"a","run":"exec","command":"c","args":[)" + repeated("\"\"", 33, ",") + "]}"),
     "phases[0].args", "0 to 32 arguments"},
    // Threads.
    {thread(R"("message":{})"), "phases[0].thread", "is required"},
    {thread(R"("thread":"t1")"), "phases[0].message", "is required"},
    {thread(R"("thread":{"id":"t1"},"message":{})"), "phases[0].thread", "must be a string, not an object"},
    {thread(R"("thread":"","message":{})"), "phases[0].thread", "must not be empty"},
    {thread(R"("thread":"t1","message":"hello")"), "phases[0].message", "must be an object, not a string"},
    {thread(R"("thread":"t1","message":{"content":{"$":"/x","or":1}})"), "phases[0].message.content.or",
     "a template with"},
    {thread(R"("thread":"t1","message":{},"create":"yes")"), "phases[0].create", "must be a boolean"},
    {thread(R"("thread":"t1","message":{},"input":{})"), "phases[0].input",
     "is not a field of thread phases"},
    // Waiting.
    {of(R"({"name":"w","run":"wait"})"), "phases[0].signal", "is required"},
    {of(R"({"name":"w","run":"wait","signal":"a/b"})"), "phases[0].signal", "1 to 64 characters"},
    {of(R"({"name":"w","run":"wait","signal":"s","on_deadline":"end"})"), "phases[0].on_deadline",
     "needs a deadline"},
    {of(R"({"name":"w","run":"wait","signal":"s","deadline":"1d","on_deadline":"x"})"),
     "phases[0].on_deadline", "names no phase"},
    {of(R"({"name":"w","run":"wait","signal":"s","deadline":"-1s"})"), "phases[0].deadline",
     "must be a duration"},
    {of(R"({"name":"s","run":"sleep"})"), "phases[0]", "must have one of for, until"},
    {of(R"({"name":"s","run":"sleep","for":"1s","until":"2026-01-31T09:05:00Z"})"), "phases[0]",
     "one of for, until"},
    {of(R"({"name":"s","run":"sleep","until":"tomorrow"})"), "phases[0].until", "must be an RFC 3339 time"},
    {of(R"({"name":"s","run":"sleep","until":7})"), "phases[0].until", "must be a string"},
    {of(R"({"name":"s","run":"sleep","for":"1s","result":"discard"})"), "phases[0].result",
     "is not a field of sleep phases"},
    // Children.
    {of(R"({"name":"c","run":"workflow"})"), "phases[0].definition", "is required"},
    {of(R"({"name":"c","run":"workflow","definition":"x y"})"), "phases[0].definition", "1 to 64 characters"},
    {of(R"({"name":"c","run":"workflow","definition":"x","version":0})"), "phases[0].version",
     "an integer from 1"},
    {of(R"({"name":"c","run":"workflow","definition":"x","id":7})"), "phases[0].id", "must be a string"},
    // Parallel.
    {of(R"({"name":"p","run":"parallel"})"), "phases[0].branches", "is required"},
    {parallel("[]"), "phases[0].branches", "must be an object, not an array"},
    {parallel(R"({"x":[)" + sleep_a + "]}"), "phases[0].branches", "must have 2 to 32 branches"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[]})"), "phases[0].branches.y", "must have 1 to 256 phases"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y z":[)" + sleep_b + "]}"), "phases[0].branches",
     "must have names of 1 to 64"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[{"name":"b"}]})"), "phases[0].branches.y[0].run",
     "is required"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[)" + sleep_b + "]}", R"(,"join":"any")"), "phases[0].join",
     "must be one of \"all\", \"first\""},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[)" + sleep_b + "]}", R"(,"result":"/p")"), "phases[0].result",
     "is not a field of parallel phases"},
    {parallel(R"({"x":[)" + sleeps(200, "x") + R"(],"y":[)" + sleeps(56, "y") + "]}"),
     "phases[0].branches.y[55]", "at most 256 in all"},
    {of(nested(5)), "phases[0].branches.x[0].branches.x[0].branches.x[0].branches.x[0].branches",
     "nested more than 4 deep"},
    // Map.
    {of(R"({"name":"m","run":"map","do":)" + agent_a + "}"), "phases[0].over", "is required"},
    {of(R"({"name":"m","run":"map","over":"/x"})"), "phases[0].do", "is required"},
    {of(R"({"name":"m","run":"map","over":"","do":)" + agent_a + "}"), "phases[0].over",
     "must point to an array"},
    {of(R"({"name":"m","run":"map","over":"x","do":)" + agent_a + "}"), "phases[0].over",
     "must be a JSON pointer"},
    {map("[" + agent_a + "]"), "phases[0].do", "must be an object, not an array"},
    {map(R"({"name":"i","run":"map","over":"/y","do":)" + agent_a + "}"), "phases[0].do.run",
     "neither parallel nor map"},
    {map(R"({"name":"i","run":"parallel","branches":{}})"), "phases[0].do.run", "neither parallel nor map"},
    {map(R"({"name":"m","run":"sleep","for":"1s"})"), "phases[0].do.name", "another phase already"},
    {map(R"({"name":"i","run":"agent","subject":"s","result":"/y"})"), "phases[0].do.result",
     "agent phases in a map"},
    {map(R"({"name":"i","run":"agent","subject":"s","next":"m"})"), "phases[0].do.next",
     "names no phase of the same list"},
    {map(R"({"name":"i","run":"agent","subject":"s","input":{"$index":1}})"), "phases[0].do.input.$index",
     "must be true"},
    {map(agent_a, R"(,"concurrency":0)"), "phases[0].concurrency", "an integer from 1 to 64"},
    {map(agent_a, R"(,"concurrency":65)"), "phases[0].concurrency", "an integer from 1 to 64"},
    {map(agent_a, R"(,"join":1)"), "phases[0].join", "must be a string"},
    {map(agent_a, R"(,"result":"merge")"), "phases[0].result", "a map gives an array"},
    {map(agent_a, R"(,"result":"x")"), "phases[0].result", "\"discard\" or a JSON pointer"},
    {map(agent_a, R"(,"input":{})"), "phases[0].input", "is not a field of map phases"},
};

definition accepted(std::string_view document) {
  const auto d = parse_definition(document);
  if (!d) FAIL(d.error().field << ": " << d.error().detail << " in " << document.substr(0, 500));
  return *d;
}

} // namespace

TEST_CASE("a definition that breaks a rule is refused with the place and the rule") {
  static_assert(std::size(table) >= 80);
  for (const bad& b : table) {
    CAPTURE(b.document.substr(0, 300));
    const auto d = parse_definition(b.document);
    if (d) {
      FAIL_CHECK("accepted");
      continue;
    }
    CHECK(d.error().code == errc::invalid);
    CHECK(d.error().field == b.field);
    CHECK_THAT(d.error().detail, Catch::Contains(b.rule));
  }
}

TEST_CASE("all ten kinds of phases are read with all their fields") {
  const definition d = accepted(samples::every_kind);
  CHECK(d.name == "release");
  CHECK(d.version == 3);
  CHECK(d.description == "Builds and ships.\nTwice a day.");
  CHECK(d.timeout_us == 7'200'000'000);
  CHECK(d.state == json_value::parse(R"({"files":["a","b"],"mode":"full"})"));
  REQUIRE(d.phases.size() == 10);
  for (std::size_t i = 0; i < d.phases.size(); ++i)
    CHECK(static_cast<std::size_t>(d.phases[i].does.kind) == i);

  const phase& design = d.phases[0];
  CHECK(design.name == "design");
  CHECK(design.description == "draws it");
  CHECK(design.does.target == "agents.design.run");
  CHECK(design.does.input == json_value::parse(R"({"for":{"$":"/mode"}})"));
  CHECK(design.when->document == json_value::parse(R"({"at":"/mode","not":"dry"})"));
  REQUIRE(design.next.size() == 2);
  CHECK(design.next[0].when->document == json_value::parse(R"({"at":"/score","above":7})"));
  CHECK(design.next[0].to == "lint");
  CHECK_FALSE(design.next[1].when);
  CHECK(design.next[1].to.empty());
  CHECK(design.result == result_rule::put);
  CHECK(design.result_at == "/design");
  CHECK(design.does.retry.attempts == 5);
  CHECK(design.does.retry.first_us == 500'000);
  CHECK(design.does.retry.most_us == 30'000'000);
  CHECK(design.does.retry.factor == 1.5);
  CHECK(design.does.retry.not_on == std::vector<std::string>{"bad_request", "refused"});
  CHECK(design.does.limits.total_us == 3'600'000'000);
  CHECK(design.does.limits.attempt_us == 600'000'000);
  CHECK(design.does.limits.start_us == 10'000'000);
  CHECK(design.does.limits.heartbeat_us == 15'000'000);
  REQUIRE(design.compensate);
  CHECK(design.compensate->kind == phase_kind::exec);
  CHECK(design.compensate->target == "cleanup");
  CHECK(design.compensate->arguments == std::vector<std::string>{"--all", ""});
  CHECK(design.compensate->retry.attempts == 0);
  CHECK(design.compensate->limits.attempt_us == 60'000'000);

  CHECK(d.phases[1].does.target == "coders");
  CHECK(d.phases[1].result == result_rule::discard);
  CHECK(d.phases[1].next.front().to == "lint");
  CHECK(d.phases[2].does.target == "lint_all");
  CHECK(d.phases[2].result == result_rule::merge);
  CHECK_FALSE(d.phases[2].does.input);
  CHECK(d.phases[3].does.arguments == std::vector<std::string>{"-v"});

  const phase& approval = d.phases[4];
  CHECK(approval.does.target == "approved");
  CHECK(approval.deadline_us == 172'800'000'000);
  CHECK(approval.on_deadline == "");

  CHECK(d.phases[5].for_us == 5'400'000'000);
  CHECK_FALSE(d.phases[5].until);

  const phase& post = d.phases[6];
  CHECK(post.does.thread == json_value::parse(R"({"$":"/thread","default":"general"})"));
  CHECK(post.does.message == json_value::parse(R"({"role":"assistant","content":{"$":"/summary"}})"));
  CHECK_FALSE(post.does.create_thread);

  const phase& child = d.phases[7];
  CHECK(child.does.target == "tests");
  CHECK(child.child_version == 2);
  CHECK(child.child_id == json_value("tests-1"));

  const phase& both = d.phases[8];
  CHECK(both.joined == join::first);
  CHECK(both.result == result_rule::discard);
  REQUIRE(both.branches.size() == 2);
  CHECK(both.branches[0].name == "api");
  CHECK(both.branches[1].name == "ui");
  CHECK(both.branches[1].phases.at(1).until == json_value::parse(R"({"$":"/at"})"));
  CHECK(both.branches[1].phases.at(0).next.front().to == "ui_wait");

  const phase& each = d.phases[9];
  CHECK(each.over == "/files");
  CHECK(each.concurrency == 3);
  CHECK(each.joined == join::all);
  CHECK(each.result == result_rule::put);
  REQUIRE(each.each.size() == 1);
  CHECK(each.each[0].name == "ship_one");
  CHECK(each.each[0].result == result_rule::discard);
  CHECK(each.each[0].does.input == json_value::parse(R"({"file":{"$item":""},"n":{"$index":true}})"));
}

TEST_CASE("what a phase leaves out comes from the document, then from its kind") {
  SECTION("without defaults of the document") {
    const definition d =
        accepted(of(agent_a + R"(,{"name":"t","run":"thread","thread":"x","message":{}},)" + sleep_b));
    CHECK(d.phases[0].does.retry.attempts == 3);
    CHECK(d.phases[0].does.retry.first_us == 1'000'000);
    CHECK(d.phases[0].does.retry.most_us == 60'000'000);
    CHECK(d.phases[0].does.retry.factor == 2);
    CHECK(d.phases[0].does.limits.attempt_us == 300'000'000);
    CHECK_FALSE(d.phases[0].does.limits.total_us);
    CHECK(d.phases[1].does.retry.attempts == 3);
    CHECK_FALSE(d.phases[1].does.limits.attempt_us);
    CHECK(d.phases[2].does.retry.attempts == 1);
    CHECK_FALSE(d.phases[2].does.limits.attempt_us);
  }
  SECTION("the document's stand in field by field, for work alone") {
    const definition d =
        accepted(R"({"name":"d","retry":{"attempts":7,"first":"3s"},"timeouts":{"attempt":"1m","total":"1h"},
      "phases":[{"name":"a","run":"agent","subject":"s","retry":{"factor":3},"timeouts":{"total":"2h"},
                 "compensate":{"run":"task","queue":"q"}},
                {"name":"w","run":"wait","signal":"s"}]})");
    CHECK(d.phases[0].does.retry.attempts == 7);
    CHECK(d.phases[0].does.retry.first_us == 3'000'000);
    CHECK(d.phases[0].does.retry.factor == 3);
    CHECK(d.phases[0].does.limits.attempt_us == 60'000'000);
    CHECK(d.phases[0].does.limits.total_us == 7'200'000'000);
    CHECK(d.phases[0].compensate->retry.attempts == 7);
    CHECK(d.phases[0].compensate->limits.total_us == 3'600'000'000);
    CHECK(d.phases[1].does.retry.attempts == 1);
    CHECK_FALSE(d.phases[1].does.limits.total_us);
  }
  SECTION("a first pause beyond the longest that is not given raises it, and the other way round") {
    CHECK(accepted(agent(R"("retry":{"first":"2h"})")).phases[0].does.retry.most_us == 7'200'000'000);
    CHECK(accepted(agent(R"("retry":{"most":"100ms"})")).phases[0].does.retry.first_us == 100'000);
  }
}

TEST_CASE("a definition may reach its bounds") {
  CHECK(accepted(R"({"name":"d","phases":[)" + sleeps(256) + "]}").phases.size() == 256);
  CHECK(accepted(of(nested(4))).phases[0].branches.size() == 2);
  CHECK(accepted(top(R"("version":1000000000,"timeout":"3650d")")).version == 1'000'000'000);
  CHECK(accepted(agent(R"("next":"a")")).phases[0].next.front().to == "a");
  CHECK(accepted(agent(R"("next":["end"])")).phases[0].next.front().to.empty());
  CHECK(accepted(map(R"({"name":"i","run":"agent","subject":"s","next":"i"})")).phases[0].result ==
        result_rule::discard);
}

TEST_CASE("white space does not count for the size of a definition, content does") {
  const std::string small = top(R"("state":{})");
  CHECK(parse_definition(std::string(limits::definition_bytes, ' ') + small));
  const auto large =
      parse_definition(top(R"("state":{"x":")" + std::string(limits::definition_bytes, 'x') + "\"}"));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == errc::too_large);
  CHECK(large.error().detail == "a definition must be at most 262144 bytes of compact JSON");
  CHECK(parse_definition(std::string(limits::request_bytes, ' ') + small).error().code == errc::too_large);
}

TEST_CASE("a document that a program made is checked like one that was parsed") {
  json_value document = json_value::parse(samples::every_kind);
  CHECK(read_definition(document));
  document["phases"][2]["description"] = "\xFF";
  CHECK(read_definition(document).error().field == "phases[2].description");
  document["phases"][2]["description"] = std::string("a\0b", 3);
  CHECK(read_definition(document).error().field == "phases[2].description");
  json_value deep = 1;
  for (int i = 0; i < 65; ++i) deep = json_value::array({std::move(deep)});
  CHECK(read_definition(deep).error().detail == "is nested more than 64 deep");
}

TEST_CASE("phases are found by name at any depth") {
  const definition d = accepted(samples::every_kind);
  CHECK(find_phase(d, "design") == &d.phases[0]);
  CHECK(find_phase(d, "ship_one") == &d.phases[9].each[0]);
  CHECK(find_phase(d, "nobody") == nullptr);
  const auto place = locate(d, "ui_wait");
  REQUIRE(place);
  CHECK(place->list == &d.phases[8].branches[1].phases);
  CHECK(place->index == 1);
  CHECK(&place->get() == find_phase(d, "ui_wait"));
}

TEST_CASE("every kind has its name") {
  constexpr std::string_view names[] = {"agent", "task",   "local",    "exec",     "wait",
                                        "sleep", "thread", "workflow", "parallel", "map"};
  for (std::size_t i = 0; i < std::size(names); ++i) CHECK(name(static_cast<phase_kind>(i)) == names[i]);
}
