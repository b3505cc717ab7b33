#include <catch2/catch.hpp>

#include "runtime/workflow/definition.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::transport {
namespace {

using workflow::json_value;

const decoder_settings workflow_settings;
const surroundings workflow_moment{{1'769'850'300'000'001}, 7, 11};

result<decoded_request> decode_workflow(std::string_view subject, std::string_view body,
                                        std::vector<header_view> headers = {}) {
  return decode_request({subject, headers, body}, workflow_settings, workflow_moment);
}

decoded_request decoded(std::string_view verb, std::string_view body, std::vector<header_view> headers = {}) {
  auto r = decode_workflow("rw.v1.acme.workflow.order-7." + std::string(verb), body, std::move(headers));
  if (!r) FAIL(r.error().field + ": " + r.error().detail);
  return *std::move(r);
}

decoded_request decoded_across(std::string_view verb, std::string_view body, std::vector<header_view> headers = {}) {
  auto r = decode_workflow("rw.v1.acme.workflows." + std::string(verb), body, std::move(headers));
  if (!r) FAIL(r.error().field + ": " + r.error().detail);
  return *std::move(r);
}

template <class T, class Group>
T of(const decoded_request& r) {
  return std::get<T>(std::get<Group>(r.what));
}
template <class T>
T write_of(std::string_view verb, std::string_view body) {
  return of<T, workflow::write>(decoded(verb, body));
}
template <class T>
T query_of(std::string_view verb, std::string_view body) {
  return of<T, workflow::instance_query>(decoded(verb, body));
}
template <class T>
T across_of(std::string_view verb, std::string_view body) {
  return of<T, workflow::across>(decoded_across(verb, body));
}

json_value as_json(std::string_view text) { return json_value::parse(text); }

} // namespace

TEST_CASE("a start becomes a command of its instance and partition") {
  const auto r = decoded("start", R"({"definition":"trip","version":3,"input":{"to":"Oslo","n":[1,-2,2.5]},)"
                                  R"("attributes":{"customer":"c-9","urgent":true,"size":2},"if_absent":true})");
  CHECK(r.key == entity_key{"acme", entity_kind::workflow, "order-7"});
  CHECK(r.partition == partition_of("acme", "order-7", 16));
  CHECK(r.task_token.empty());
  const auto w = of<workflow::start, workflow::write>(r);
  CHECK(w.definition == "trip");
  CHECK(w.version == 3u);
  CHECK(w.input == as_json(R"({"to":"Oslo","n":[1,-2,2.5]})"));
  CHECK(w.attributes == as_json(R"({"customer":"c-9","urgent":true,"size":2})"));
  CHECK(w.if_absent);
  CHECK(!w.parent);
  const auto least = write_of<workflow::start>("start", R"({"definition":"trip"})");
  CHECK(!least.version);
  CHECK(least.input == json_value::object());
  CHECK(least.attributes == json_value::object());
  CHECK(!least.if_absent);
}

TEST_CASE("a start anywhere gets an id at the edge") {
  const auto chosen = decoded_across("start", R"({"definition":"trip","id":"a.b"})");
  CHECK(chosen.key == entity_key{"acme", entity_kind::workflow, "a.b"});
  CHECK(chosen.partition == partition_of("acme", "a%2Eb", 16));
  CHECK(!chosen.fresh_id);
  const auto fresh = decoded_across("start", R"({"definition":"trip"})");
  CHECK(fresh.fresh_id);
  CHECK(fresh.key.id[14] == '7'); // UUIDv7
  CHECK(fresh.partition == partition_of(fresh.key, 16));
  CHECK(of<workflow::start, workflow::write>(fresh).definition == "trip");
  const std::vector<header_view> key = {{"Rw-Idempotency-Key", "order-17"}};
  const auto keyed = decoded_across("start", R"({"definition":"trip"})", key);
  CHECK(keyed.key.id == decoded_across("start", R"({"definition":"trip"})", key).key.id);
  CHECK(!keyed.fresh_id);
  const auto thread = decode_workflow("rw.v1.acme.threads.create", "", key);
  REQUIRE(thread);
  CHECK(keyed.key.id != thread->key.id);
}

TEST_CASE("an operator's commands carry what was given") {
  const auto s = write_of<workflow::signal>("signal", R"({"name":"approved","id":"s1","payload":[null]})");
  CHECK(s.name == "approved");
  CHECK(s.id == "s1");
  CHECK(s.payload == as_json("[null]"));
  CHECK(write_of<workflow::signal>("signal", R"({"name":"approved"})").payload == json_value::object());
  CHECK(write_of<workflow::signal>("signal", R"({"name":"approved","payload":null})").payload == nullptr);
  const auto u = write_of<workflow::update>("update", R"({"patch":{"a":null},"reason":"why","expected_version":9})");
  CHECK(u.patch == as_json(R"({"a":null})"));
  CHECK(u.reason == "why");
  CHECK(u.expected_version == 9u);
  CHECK(write_of<workflow::pause>("pause", R"({"reason":"why"})").reason == "why");
  write_of<workflow::resume>("resume", "");
  CHECK(write_of<workflow::cancel>("cancel", "").reason.empty());
  CHECK(write_of<workflow::terminate>("terminate", R"({"reason":"why"})").reason == "why");
  CHECK(write_of<workflow::checkpoint>("checkpoint", R"({"reason":"demo"})").reason == "demo");
  CHECK(write_of<workflow::retry>("retry", R"({"run":4})").run == 4u);
  CHECK(!write_of<workflow::retry>("retry", "").run);
}

TEST_CASE("a worker's commands carry its token beside them") {
  const auto begin = decoded("step.begin", R"({"run":3,"step":"draft it","token":"k.t"})");
  CHECK(begin.task_token == "k.t");
  CHECK(of<workflow::step_begin, workflow::write>(begin).run == 3);
  CHECK(of<workflow::step_begin, workflow::write>(begin).step == "draft it");
  const auto done = decoded("step.complete", R"({"run":3,"step":"s","result":null,"token":"k.t"})");
  CHECK(done.task_token == "k.t");
  CHECK(of<workflow::step_complete, workflow::write>(done).result == nullptr);
  const auto result = decoded("complete", R"({"run":3,"attempt":2,"result":["a"],"token":"k.t","worker":"w-1"})");
  CHECK(result.task_token == "k.t");
  const auto c = of<workflow::complete, workflow::write>(result);
  CHECK(c.run == 3);
  CHECK(c.attempt == 2u);
  CHECK(c.from == "w-1");
  CHECK(std::get<json_value>(c.what) == as_json(R"(["a"])"));
  const auto f = std::get<workflow::failure>(
      write_of<workflow::complete>("complete",
                                   R"({"run":3,"error":{"code":"c","message":"one\ntwo","final":true},"token":"k.t"})")
          .what);
  CHECK(f.what.code == "c");
  CHECK(f.what.message == "one\ntwo");
  CHECK(f.final);
  CHECK(std::get<json_value>(
            write_of<workflow::complete>("complete", R"({"run":3,"result":null,"token":"k.t"})").what) == nullptr);
  const auto beat = decoded("heartbeat", R"({"run":3,"token":"k.t","progress":{"pages":2}})");
  CHECK(beat.task_token == "k.t");
  CHECK(of<workflow::heartbeat, workflow::write>(beat).progress == as_json(R"({"pages":2})"));
  CHECK(!write_of<workflow::heartbeat>("heartbeat", R"({"run":3,"token":"k.t"})").progress);
}

TEST_CASE("reads of an instance") {
  CHECK(of<workflow::get, workflow::read>(decoded("get", "")).with_state);
  CHECK(!of<workflow::get, workflow::read>(decoded("get", R"({"state":false})")).with_state);
  CHECK(of<workflow::query, workflow::read>(decoded("query", R"({"pointer":"/a~1b/0"})")).pointer == "/a~1b/0");
  CHECK(of<workflow::query, workflow::read>(decoded("query", R"({"pointer":""})")).pointer.empty());
  CHECK(of<workflow::read_steps, workflow::read>(decoded("steps", R"({"run":3})")).run == 3);
  CHECK(query_of<workflow::wait_result>("result", "").wait_s == 0);
  CHECK(query_of<workflow::wait_result>("result", R"({"wait_seconds":3600})").wait_s == 3600);
}

TEST_CASE("a history and checkpoints go on where a cursor says") {
  const auto first = query_of<workflow::history>("history", R"({"after_version":7,"limit":2})");
  CHECK(first.after_version == 7);
  CHECK(first.limit == 2);
  CHECK(query_of<workflow::history>("history", "").after_version == 0);
  const auto next = query_of<workflow::history>("history", R"({"cursor":"AWgAAAAAAAAACA"})");
  CHECK(next.after_version == 8);
  CHECK(next.limit == 50);
  CHECK(query_of<workflow::list_checkpoints>("checkpoints", "").before_version == 0);
  CHECK_FALSE(query_of<workflow::list_checkpoints>("checkpoints", "").verify);
  CHECK(query_of<workflow::list_checkpoints>("checkpoints", R"({"verify":true})").verify);
  CHECK(
      query_of<workflow::list_checkpoints>("checkpoints", R"({"cursor":"AWsAAAAAAAAABw","limit":3})").before_version ==
      7);
}

TEST_CASE("states, differences, branches and replays name recorded states") {
  CHECK(query_of<workflow::state_at>("state", R"({"at":7})").where.version == 7u);
  CHECK(query_of<workflow::state_at>("state", R"({"checkpoint":"019c"})").where.checkpoint == "019c");
  const auto d = query_of<workflow::diff>("diff", R"({"from":7,"workflow":"order-8"})");
  CHECK(d.from == 7u);
  CHECK(!d.to);
  CHECK(d.other == "order-8");
  const auto b = query_of<workflow::branch_from>(
      "branch", R"({"to":"order-7-b","version":7,"patch":{"a":1},"attributes":{"b":2}})");
  CHECK(b.to == "order-7-b");
  CHECK(b.at.version == 7u);
  CHECK(b.patch == as_json(R"({"a":1})"));
  CHECK(b.attributes == as_json(R"({"b":2})"));
  const auto newest = decoded("branch", "");
  CHECK(newest.key.id == "order-7"); // the one it comes from
  const auto made = of<workflow::branch_from, workflow::instance_query>(newest);
  CHECK(made.to[14] == '7');
  CHECK(!made.at.version);
  CHECK(!made.at.checkpoint);
  CHECK(!made.attributes);
  const std::vector<header_view> key = {{"Rw-Idempotency-Key", "k"}};
  const auto keyed = of<workflow::branch_from, workflow::instance_query>(decoded("branch", "", key)).to;
  CHECK(keyed == of<workflow::branch_from, workflow::instance_query>(decoded("branch", "", key)).to);
  CHECK(keyed[14] == '8');
  const auto dry = query_of<workflow::replay_from>("replay", R"({"checkpoint":"019c"})");
  CHECK(dry.dry);
  CHECK(dry.at.checkpoint == "019c");
  CHECK(dry.to.empty());
  const auto real = query_of<workflow::replay_from>("replay", R"({"dry":false})");
  CHECK(!real.dry);
  CHECK(real.to.size() == 36);
}

TEST_CASE("a definition is checked, and kept with its keys in order") {
  const auto r = decoded_across(
      "define", R"({"definition":{ "phases":[{"run":"local","name":"a","function":"f"}], "name":"trip" }})");
  CHECK(r.key == entity_key{"acme", entity_kind::definition, "trip"});
  CHECK(r.partition == partition_of("acme", "trip", 16));
  const auto w = of<workflow::define, workflow::definition_request>(r);
  CHECK(w.document == R"({"name":"trip","phases":[{"function":"f","name":"a","run":"local"}]})");
  CHECK(w.name == "trip");
  CHECK(!w.version);
  CHECK(workflow::parse_definition(w.document));
  const auto third = decoded_across(
      "define", R"({"definition":{"name":"trip","version":3,"phases":[{"run":"local","name":"a","function":"f"}]}})");
  CHECK(of<workflow::define, workflow::definition_request>(third).version == 3u);
  const auto one = decoded_across("definition", R"({"name":"trip","version":2})");
  CHECK(one.key == r.key);
  CHECK(one.partition == r.partition);
  CHECK(of<workflow::get_definition, workflow::definition_request>(one).version == 2u);
}

TEST_CASE("lists and counts of workflows filter") {
  const auto all = across_of<workflow::list>("list", "");
  CHECK(!all.where.definition);
  CHECK(all.where.attributes == json_value::object());
  CHECK(all.limit == 50);
  const auto l = across_of<workflow::list>(
      "list",
      R"({"definition":"trip","version":2,"status":"failed","attributes":{"a":true},"started_since":"2026-01-31T09:05:00.000001Z",)"
      R"("started_until":"2026-02-01T00:00:00Z","updated_since":"2026-01-31T09:05:00.000002Z","parent":"order 7","branched_from":"o/8","limit":7,"cursor":"abc"})");
  CHECK(l.where.definition == "trip");
  CHECK(l.where.version == 2u);
  CHECK(l.where.status == "failed");
  CHECK(l.where.attributes == as_json(R"({"a":true})"));
  CHECK(l.where.started_since->us == 1'769'850'300'000'001);
  CHECK(l.where.started_until->us == 1'769'904'000'000'000);
  CHECK(l.where.updated_since->us == 1'769'850'300'000'002);
  CHECK(l.where.parent == "order 7");
  CHECK(l.where.branched_from == "o/8");
  CHECK(l.limit == 7);
  CHECK(l.cursor == "abc");
  CHECK(!all.where.parent);
  CHECK(!all.where.branched_from);
  CHECK(across_of<workflow::count>("count", R"({"status":"running"})").where.status == "running");
  CHECK(across_of<workflow::count>("count", R"({"parent":"p"})").where.parent == "p");
  CHECK(across_of<workflow::count>("count", R"({"branched_from":"b"})").where.branched_from == "b");
  CHECK(across_of<workflow::list_definitions>("definitions", R"({"name":"trip","limit":3})").name == "trip");
  const auto org_alone = decoded_across("list", "");
  CHECK(org_alone.key == entity_key{"acme", entity_kind::workflow, ""});
  CHECK(org_alone.partition.value == 0);
}

TEST_CASE("values at their bounds are taken") {
  const auto padded = [](std::size_t bytes) { return '"' + std::string(bytes - 2, 'x') + '"'; };
  CHECK(
      write_of<workflow::signal>("signal", R"({"name":"s","payload":)" + padded(256 << 10) + "}").payload.is_string());
  CHECK(write_of<workflow::heartbeat>("heartbeat", R"({"run":1,"token":"t","progress":)" + padded(16 << 10) + "}")
            .progress);
  // White space does not count.
  CHECK(write_of<workflow::step_complete>("step.complete", R"({"run":1,"step":"s","token":"t","result":[)" +
                                                               std::string(300'000, ' ') + "]}")
            .result == as_json("[]"));
  std::string attributes;
  for (int i = 0; i < 32; ++i) attributes += (i == 0 ? "\"a" : ",\"a") + std::to_string(i) + "\":" + padded(258);
  CHECK(
      write_of<workflow::start>("start", R"({"definition":"d","attributes":{)" + attributes + "}}").attributes.size() ==
      32);
  CHECK(write_of<workflow::complete>("complete", R"({"run":1,"attempt":4294967295,"token":"t","result":1})").attempt ==
        4'294'967'295u);
}

} // namespace ropewalk::transport
