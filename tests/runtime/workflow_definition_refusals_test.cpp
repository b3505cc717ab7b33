// Where the error points when a definition breaks a rule.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/workflow/definition.hpp"
#include "tests/runtime/workflow_documents.hpp"

using namespace ropewalk;
using namespace ropewalk::samples;

namespace {

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
    {of(sleep_a + "," + R"({"name":"p","run":"parallel","branches":{"x":[)" + sleep_b + R"(],"y":[)" + sleep_a + "]}}"),
     "phases[1].branches.y[0].name", "another phase already"},
    {agent(R"("queue":"q")"), "phases[0].queue", "is not a field of agent phases"},
    {agent(R"("timeout":"1s")"), "phases[0].timeout", "is not a field of agent phases"},
    {agent(R"("description":[])"), "phases[0].description", "must be a string"},
    // Conditions and order.
    {agent(R"("when":true)"), "phases[0].when", "must be an object, not a boolean"},
    {agent(R"("when":{})"), "phases[0].when", "one of at, all, any, none"},
    {agent(R"("when":{"any":[{"at":"/x","is":1},{"at":"x","is":1}]})"), "phases[0].when.any[1].at", "JSON pointer"},
    {two(R"("next":"c")"), "phases[0].next", "names no phase of the same list: \"c\""},
    {two(R"("next":"")"), "phases[0].next", "1 to 64 characters"},
    {two(R"("next":3)"), "phases[0].next", "a phase's name, \"end\" or an array"},
    {two(R"("next":[])"), "phases[0].next", "must have 1 to 64 transitions"},
    {two(R"("next":[{"when":{"at":"/x","is":1},"to":"b"}])"), "phases[0].next[0]", "where to go if no condition holds"},
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
    {agent(R"("retry":{"not_on":[)" + repeated("\"x\"", 17, ",") + "]}"), "phases[0].retry.not_on", "0 to 16 codes"},
    {agent(R"("timeouts":{"start":"1h1h"})"), "phases[0].timeouts.start", "must be a duration"},
    {agent(R"("timeouts":{"heartbeat":null})"), "phases[0].timeouts.heartbeat", "must be a string, not null"},
    {agent(R"("compensate":"undo")"), "phases[0].compensate", "must be an object"},
    {agent(R"("compensate":{"subject":"s"})"), "phases[0].compensate.run", "is required"},
    {agent(R"("compensate":{"run":"sleep","for":"1s"})"), "phases[0].compensate.run", "must be one of \"agent\""},
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
    {of(R"({"name":"a","run":"exec","command":"c","args":["x",1]})"), "phases[0].args[1]", "must be a string"},
    {of(R"({"name":"a","run":"exec","command":"c","args":[)" + repeated("\"\"", 33, ",") + "]}"), "phases[0].args",
     "0 to 32 arguments"},
    // Threads.
    {post(R"("message":{})"), "phases[0].thread", "is required"},
    {post(R"("thread":"t1")"), "phases[0].message", "is required"},
    {post(R"("thread":{"id":"t1"},"message":{})"), "phases[0].thread", "must be a string, not an object"},
    {post(R"("thread":"","message":{})"), "phases[0].thread", "must not be empty"},
    {post(R"("thread":"t1","message":"hello")"), "phases[0].message", "must be an object, not a string"},
    {post(R"("thread":"t1","message":{"content":{"$":"/x","or":1}})"), "phases[0].message.content.or",
     "a template with"},
    {post(R"("thread":"t1","message":{},"create":"yes")"), "phases[0].create", "must be a boolean"},
    {post(R"("thread":"t1","message":{},"input":{})"), "phases[0].input", "is not a field of thread phases"},
    // Waiting.
    {of(R"({"name":"w","run":"wait"})"), "phases[0].signal", "is required"},
    {of(R"({"name":"w","run":"wait","signal":"a/b"})"), "phases[0].signal", "1 to 64 characters"},
    {of(R"({"name":"w","run":"wait","signal":"s","on_deadline":"end"})"), "phases[0].on_deadline", "needs a deadline"},
    {of(R"({"name":"w","run":"wait","signal":"s","deadline":"1d","on_deadline":"x"})"), "phases[0].on_deadline",
     "names no phase"},
    {of(R"({"name":"w","run":"wait","signal":"s","deadline":"-1s"})"), "phases[0].deadline", "must be a duration"},
    {of(R"({"name":"s","run":"sleep"})"), "phases[0]", "must have one of for, until"},
    {of(R"({"name":"s","run":"sleep","for":"1s","until":"2026-01-31T09:05:00Z"})"), "phases[0]", "one of for, until"},
    {of(R"({"name":"s","run":"sleep","until":"tomorrow"})"), "phases[0].until", "must be an RFC 3339 time"},
    {of(R"({"name":"s","run":"sleep","until":7})"), "phases[0].until", "must be a string"},
    {of(R"({"name":"s","run":"sleep","for":"1s","result":"discard"})"), "phases[0].result",
     "is not a field of sleep phases"},
    // Children.
    {of(R"({"name":"c","run":"workflow"})"), "phases[0].definition", "is required"},
    {of(R"({"name":"c","run":"workflow","definition":"x y"})"), "phases[0].definition", "1 to 64 characters"},
    {of(R"({"name":"c","run":"workflow","definition":"x","version":0})"), "phases[0].version", "an integer from 1"},
    {of(R"({"name":"c","run":"workflow","definition":"x","id":7})"), "phases[0].id", "must be a string"},
    // Parallel.
    {of(R"({"name":"p","run":"parallel"})"), "phases[0].branches", "is required"},
    {parallel("[]"), "phases[0].branches", "must be an object, not an array"},
    {parallel(R"({"x":[)" + sleep_a + "]}"), "phases[0].branches", "must have 2 to 32 branches"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[]})"), "phases[0].branches.y", "must have 1 to 256 phases"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y z":[)" + sleep_b + "]}"), "phases[0].branches",
     "must have names of 1 to 64"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[{"name":"b"}]})"), "phases[0].branches.y[0].run", "is required"},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[)" + sleep_b + "]}", R"(,"join":"any")"), "phases[0].join",
     "must be one of \"all\", \"first\""},
    {parallel(R"({"x":[)" + sleep_a + R"(],"y":[)" + sleep_b + "]}", R"(,"result":"/p")"), "phases[0].result",
     "is not a field of parallel phases"},
    {parallel(R"({"x":[)" + sleeps(200, "x") + R"(],"y":[)" + sleeps(56, "y") + "]}"), "phases[0].branches.y[55]",
     "at most 256 in all"},
    {of(nested(5)), "phases[0].branches.x[0].branches.x[0].branches.x[0].branches.x[0].branches",
     "nested more than 4 deep"},
    // Map.
    {of(R"({"name":"m","run":"map","do":)" + agent_a + "}"), "phases[0].over", "is required"},
    {of(R"({"name":"m","run":"map","over":"/x"})"), "phases[0].do", "is required"},
    {of(R"({"name":"m","run":"map","over":"","do":)" + agent_a + "}"), "phases[0].over", "must point to an array"},
    {of(R"({"name":"m","run":"map","over":"x","do":)" + agent_a + "}"), "phases[0].over", "must be a JSON pointer"},
    {map("[" + agent_a + "]"), "phases[0].do", "must be an object, not an array"},
    {map(R"({"name":"i","run":"map","over":"/y","do":)" + agent_a + "}"), "phases[0].do.run",
     "neither parallel nor map"},
    {map(R"({"name":"i","run":"parallel","branches":{}})"), "phases[0].do.run", "neither parallel nor map"},
    {map(R"({"name":"m","run":"sleep","for":"1s"})"), "phases[0].do.name", "another phase already"},
    {map(R"({"name":"i","run":"agent","subject":"s","result":"/y"})"), "phases[0].do.result", "agent phases in a map"},
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

} // namespace

TEST_CASE("a definition that breaks a rule is refused with the place and the rule") {
  static_assert(std::size(table) >= 80);
  for (const bad& b : table) {
    CAPTURE(b.document.substr(0, 300));
    const auto d = workflow::parse_definition(b.document);
    if (d) {
      FAIL_CHECK("accepted");
      continue;
    }
    CHECK(d.error().code == errc::invalid);
    CHECK(d.error().field == b.field);
    CHECK_THAT(d.error().detail, Catch::Contains(b.rule));
  }
}
