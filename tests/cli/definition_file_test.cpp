#include <catch2/catch.hpp>

#include "cli/workflow/definition_file.hpp"

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

error file_refusal(std::string_view text) {
  const auto file = parse_definition_file(text, "trip.yaml");
  REQUIRE_FALSE(file);
  return file.error();
}

} // namespace

TEST_CASE("JSON and YAML of one definition are the same") {
  const auto json = parse_definition_file(
      R"( {"name":"trip","phases":[{"name":"plan","run":"agent","subject":"agents.plan","retry":{"attempts":5}}]})",
      "a");
  const auto yaml = parse_definition_file("# The trip.\n"
                                          "name: trip\n"
                                          "phases:\n"
                                          "  - name: plan\n"
                                          "    run: agent\n"
                                          "    subject: agents.plan\n"
                                          "    retry: {attempts: 5}\n",
                                          "b");
  REQUIRE(json);
  REQUIRE(yaml);
  CHECK(json->json == yaml->json);
  CHECK(yaml->read.phases.at(0).does.retry.attempts == 5);
}

TEST_CASE("a broken rule is told with its path and, of YAML, its line") {
  const error e = file_refusal("name: trip\n"
                               "phases:\n"
                               "  - name: plan\n"
                               "    run: agent\n"
                               "    subject: agents.plan\n"
                               "    retry:\n"
                               "      attempts: -1\n");
  CHECK(e.field == "phases[0].retry.attempts");
  CHECK(e.detail.starts_with("trip.yaml line 7: must be "));
  const error unknown = file_refusal("name: trip\nphases:\n  - name: plan\n    run: sleep\n    form: 5s\n");
  CHECK(unknown.field == "phases[0].form");
  CHECK(unknown.detail.starts_with("trip.yaml line 5: "));
  const error missing = file_refusal("name: trip\nphases:\n  - name: plan\n    run: agent\n");
  CHECK(missing.field == "phases[0].subject");
  CHECK(missing.detail.starts_with("trip.yaml line 3: "));
}

TEST_CASE("a broken rule of JSON is told with its path") {
  const error e = file_refusal(R"({"name":"trip","phases":[{"name":"plan","run":"walk"}]})");
  CHECK(e.field == "phases[0].run");
  CHECK(e.detail.starts_with("trip.yaml: must be "));
  CHECK(file_refusal(R"({"name":"trip","name":"trap","phases":[]})").code == errc::invalid);
  CHECK(file_refusal(R"({"name":)").detail.starts_with("trip.yaml: "));
}

TEST_CASE("syntax is told with line and column") {
  const error e = file_refusal("name: trip\nname: trap\n");
  CHECK(e.field == "line 2, column 1");
  CHECK(e.detail == "trip.yaml: the key \"name\" is given twice");
}

TEST_CASE("types are the document's: what YAML reads as a text is none of another type") {
  // "yes" is no boolean and "3" in quotes no number.
  CHECK(file_refusal("name: t\nphases:\n  - {name: a, run: thread, thread: t1, message: {}, create: yes}\n").field ==
        "phases[0].create");
  CHECK(file_refusal("name: t\nphases:\n  - {name: a, run: agent, subject: x, retry: {attempts: \"3\"}}\n").field ==
        "phases[0].retry.attempts");
  CHECK(file_refusal("just words").code == errc::invalid);
  CHECK(file_refusal("  \n").detail == "trip.yaml: is empty");
}

TEST_CASE("the example keeps the rules and has its seven phases and one compensation") {
  const auto file = read_definition_file(ROPEWALK_SOURCE_DIR "/examples/agent-creation.yaml");
  REQUIRE(file);
  std::vector<std::string> phases;
  int compensations = 0;
  for (const workflow::phase& p : file->read.phases) {
    phases.push_back(p.name);
    if (p.compensate) ++compensations;
  }
  CHECK(phases == std::vector<std::string>{"council_approval", "design", "code_generation", "containerization",
                                           "testing", "registration", "deployment"});
  CHECK(compensations == 1);
  CHECK(file->read.phases[0].deadline_us == std::int64_t{7} * 24 * 3600 * 1'000'000);
  CHECK(file->read.phases[2].does.limits.attempt_us == std::int64_t{30} * 60 * 1'000'000);
  CHECK(file->read.phases[2].does.limits.heartbeat_us == std::int64_t{60} * 1'000'000);
}
