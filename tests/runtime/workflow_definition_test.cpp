// What a definition says once it is read.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/limits.hpp"
#include "runtime/workflow/definition.hpp"
#include "tests/runtime/workflow_documents.hpp"
#include "tests/runtime/workflow_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::samples;
using namespace ropewalk::workflow;

namespace {

definition accepted(std::string_view document) {
  const auto d = parse_definition(document);
  if (!d) FAIL(d.error().field << ": " << d.error().detail << " in " << document.substr(0, 500));
  return *d;
}

} // namespace

TEST_CASE("all ten kinds of phases are read with all their fields") {
  const definition d = accepted(every_kind);
  CHECK(d.name == "release");
  CHECK(d.version == 3);
  CHECK(d.description == "Builds and ships.\nTwice a day.");
  CHECK(d.timeout_us == 7'200'000'000);
  CHECK(d.state == json_value::parse(R"({"files":["a","b"],"mode":"full"})"));
  REQUIRE(d.phases.size() == 10);
  for (std::size_t i = 0; i < d.phases.size(); ++i) CHECK(static_cast<std::size_t>(d.phases[i].does.kind) == i);

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
    const definition d = accepted(of(agent_a + R"(,{"name":"t","run":"thread","thread":"x","message":{}},)" + sleep_b));
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
  const auto large = parse_definition(top(R"("state":{"x":")" + std::string(limits::definition_bytes, 'x') + "\"}"));
  REQUIRE_FALSE(large);
  CHECK(large.error().code == errc::too_large);
  CHECK(large.error().detail == "a definition must be at most 262144 bytes of compact JSON");
  CHECK(parse_definition(std::string(limits::request_bytes, ' ') + small).error().code == errc::too_large);
}

TEST_CASE("a document that a program made is checked like one that was parsed") {
  json_value document = json_value::parse(every_kind);
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
  const definition d = accepted(every_kind);
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
