// Definitions drawn as text and for Graphviz.
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "runtime/utf8.hpp"
#include "runtime/workflow/definition_graph.hpp"
#include "tests/runtime/workflow_samples.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;

namespace {

definition drawn(std::string_view document) {
  auto d = parse_definition(document);
  if (!d) FAIL(d.error().field << ": " << d.error().detail);
  return *std::move(d);
}

struct dot_edge {
  std::string from, to, attributes;
  friend bool operator<(const dot_edge& a, const dot_edge& b) {
    return std::tie(a.from, a.to, a.attributes) < std::tie(b.from, b.to, b.attributes);
  }
};

// Reads back what graph_dot writes: a statement a line. Fails where a string does not end or a brace is not
// closed.
struct dot_reader {
  std::set<std::string> nodes;
  std::set<dot_edge> edges;
  int clusters = 0;

  explicit dot_reader(const std::string& dot) {
    std::istringstream lines(dot);
    int depth = 0;
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      std::string_view rest = line;
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
      depth += rest.ends_with('{') - (rest == "}");
      clusters += rest.starts_with("subgraph ");
      REQUIRE(depth >= 0);
      if (!rest.starts_with('"')) continue;
      const std::string first = quoted(rest);
      if (!rest.starts_with(" -> ")) {
        CHECK(nodes.insert(first).second);
        check_strings(rest);
        continue;
      }
      rest.remove_prefix(4);
      const std::string second = quoted(rest);
      check_strings(rest);
      edges.insert({first, second, std::string(rest)});
    }
    CHECK(depth == 0);
    for (const dot_edge& e : edges) {
      CHECK(nodes.contains(e.from));
      CHECK(nodes.contains(e.to));
    }
  }

  static std::string quoted(std::string_view& rest) {
    std::string text;
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\') ++i;
      if (i < rest.size()) text += rest[i];
    }
    REQUIRE(i < rest.size());
    rest.remove_prefix(i + 1);
    return text;
  }
  // Attributes: "[name=word or string, ...];" and nothing that a label could have opened.
  static void check_strings(std::string_view rest) {
    std::string outside;
    while (!rest.empty()) {
      if (rest.front() == '"') {
        quoted(rest);
        outside += '"';
      } else {
        outside += rest.front();
        rest.remove_prefix(1);
      }
    }
    CHECK(outside.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.=, \"[];") == std::string::npos);
    CHECK(outside.ends_with(';'));
  }
};

} // namespace

TEST_CASE("a definition is drawn as indented text") {
  CHECK(graph_text(drawn(samples::every_kind)) == R"(release version 3, at most 2h
  design: agent agents.design.run
    "draws it"
    when /mode is not "dry"
    undo: exec cleanup --all )"
                                                  R"(
    next: lint if /score above 7, else end
  code: task coders
    next: lint
  lint: local lint_all
  build: exec make -v
  approval: wait for signal approved, after 2d: end
  night: sleep 1h30m
  tell: thread /thread
  tests: workflow tests version 2
  both: parallel, the first of 2
    branch api
      api_code: task coders
    branch ui
      ui_code: task coders
        next: ui_wait
      ui_wait: sleep until /at
  ship: each of /files, 3 at a time
    ship_one: agent ship
)");
}

TEST_CASE("an instance's marks stand behind the names of its phases") {
  const definition d = drawn(samples::every_kind);
  const std::string text = graph_text(d, {{"design", "completed"}, {"ui_wait", "waiting"}, {"gone", "failed"}});
  CHECK_THAT(text, Catch::Contains("  design [completed]: agent"));
  CHECK_THAT(text, Catch::Contains("      ui_wait [waiting]: sleep"));
  CHECK_THAT(text, !Catch::Contains("failed"));
  const std::string dot = graph_dot(d, {{"design", "completed"}, {"code", "odd"}});
  CHECK_THAT(dot, Catch::Contains("[completed]\", fillcolor=\"#c8e6c9\""));
  CHECK_THAT(dot, Catch::Contains("[odd]\", fillcolor=\"#ffffff\""));
}

TEST_CASE("the Graphviz drawing leads everywhere that the definition does") {
  const dot_reader dot(graph_dot(drawn(samples::every_kind)));
  CHECK(dot.clusters == 3);
  const std::set<dot_edge> expected = {
      {"/start", "design", ";"},
      {"design", "design/undo", " [style=dashed];"},
      {"design", "lint", " [label=\"/score above 7\"];"},
      {"design", "/end", " [label=\"else\"];"},
      {"code", "lint", ";"},
      {"lint", "build", ";"},
      {"build", "approval", ";"},
      {"approval", "night", ";"},
      {"approval", "/end", " [label=\"after 2d\", style=dashed];"},
      {"night", "tell", ";"},
      {"tell", "tests", ";"},
      {"tests", "both", ";"},
      {"both", "api_code", ";"},
      {"api_code", "both/join", ";"},
      {"both", "ui_code", ";"},
      {"ui_code", "ui_wait", ";"},
      {"ui_wait", "both/join", ";"},
      {"both/join", "ship", ";"},
      {"ship", "ship_one", ";"},
      {"ship_one", "ship/join", ";"},
      {"ship/join", "/end", ";"},
  };
  for (const dot_edge& e : expected) {
    CAPTURE(e.from, e.to, e.attributes);
    CHECK(dot.edges.contains(e));
  }
  CHECK(dot.edges.size() == expected.size());
}

TEST_CASE("what a definition says cannot break out of a label or reach the terminal") {
  json_value document = json_value::parse(R"({"name":"d","phases":[
    {"name":"a","run":"agent","subject":"x","next":[{"when":{"at":"/x","is":""},"to":"a"},"end"]},
    {"name":"b","run":"exec","command":"c","args":[""]},
    {"name":"c","run":"thread","thread":"t","message":{}},
    {"name":"m","run":"map","over":"/x","do":{"name":"e","run":"agent","subject":"x"}}]})");
  // A quote and a brace for DOT, a colour and a title for the terminal, U+009B as another escape, U+0085.
  const std::string evil = "\"]; } \\\" \\ \n\r\t\x1b[31m\x1b]0;x\x07 \x7f \u009b \u0085 é";
  document["phases"][0]["description"] = evil;
  document["phases"][0]["subject"] = "a\"];}\\";
  document["phases"][0]["next"][0]["when"]["is"] = evil;
  document["phases"][0]["next"][0]["when"]["at"] = "/" + evil;
  document["phases"][1]["args"][0] = evil;
  document["phases"][2]["thread"] = {{"$", "/" + evil}};
  document["phases"][3]["over"] = "/" + evil;
  const auto d = read_definition(document);
  if (!d) FAIL(d.error().field << ": " << d.error().detail);
  const phase_marks marks = {{"a", evil}, {"b", "completed"}};

  const std::string text = graph_text(*d, marks), dot = graph_dot(*d, marks);
  for (std::string drawing : {text, dot}) {
    std::erase(drawing, '\n');
    CHECK(is_utf8(drawing));
    CHECK_FALSE(has_control_characters(drawing));
    CHECK_THAT(drawing, Catch::Contains("é"));
    CHECK_THAT(drawing, Catch::Contains("u001b[31m"));
    CHECK_THAT(drawing, Catch::Contains("u009b"));
  }
  CHECK(std::count(text.begin(), text.end(), '\n') == 8);
  const dot_reader read(dot);
  CHECK(read.nodes == std::set<std::string>{"/start", "/end", "a", "b", "c", "m", "m/join", "e"});
  CHECK(read.edges.size() == 8);
}

TEST_CASE("long texts are cut between characters") {
  std::string letters;
  for (int i = 0; i < 300; ++i) letters += "é";
  json_value document = json_value::parse(R"({"name":"d","phases":[{"name":"a","run":"sleep","for":"1s"}]})");
  document["phases"][0]["description"] = letters;
  const auto d = read_definition(document);
  REQUIRE(d);
  const std::string text = graph_text(*d);
  CHECK(is_utf8(text));
  CHECK_THAT(text, Catch::Contains("\"" + letters.substr(0, 200) + "...\""));
}
