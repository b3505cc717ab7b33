// Which conditions are conditions, when they hold, and how they read.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/workflow/condition.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;

namespace {

std::string condition_refusal(const std::string& document) {
  const json_value json = json_value::parse(document);
  first_refusal refused;
  check_condition(document_value(json, "when", refused));
  return refused ? refused.error().field + ": " + refused.error().detail : "";
}

bool holds(const json_value& document, const json_value& state) {
  first_refusal refused;
  check_condition(document_value(document, "when", refused));
  if (refused) FAIL(document.dump() << ": " << refused.error().field << ": " << refused.error().detail);
  return judge({document}, state);
}

const json_value state = json_value::parse(R"({
  "n": 3, "f": 3.0, "half": 0.5, "minus": -1, "most": 18446744073709551615, "name": "x", "empty": "", "none": null,
  "yes": true, "list": [1, {"a": 2.0}], "deep": {"a/b": {"~": 7}}, "": {"": 1}})");

struct judgement {
  std::string condition;
  bool holds;
};

const judgement judgements[] = {
    {R"({"at":"/n","is":3})", true},
    {R"({"at":"/n","is":3.0})", true},
    {R"({"at":"/f","is":3})", true},
    {R"({"at":"/n","is":"3"})", false},
    {R"({"at":"/n","is":true})", false},
    {R"({"at":"/yes","is":true})", true},
    {R"({"at":"/yes","is":1})", false},
    {R"({"at":"/minus","is":18446744073709551615})", false},
    {R"({"at":"/most","is":-1})", false},
    {R"({"at":"/most","is":18446744073709551615})", true},
    {R"({"at":"/most","is":18446744073709551616})", false}, // read as 2^64
    {R"({"at":"/list","is":[1.0,{"a":2}]})", true},
    {R"({"at":"/list","is":[1]})", false},
    {R"({"at":"/list/0","is":1})", true},
    {R"({"at":"/list/01","exists":true})", false},
    {R"({"at":"/list/2","exists":true})", false},
    {R"({"at":"/list/-","exists":true})", false},
    {R"({"at":"/deep/a~1b/~0","is":7})", true},
    {R"({"at":"/deep/a/b","exists":false})", true},
    {R"({"at":"//","is":1})", true},
    {R"({"at":"/n/x","exists":true})", false},
    {R"({"at":"","exists":true})", true},
    {R"({"at":"/none","exists":true})", true},
    {R"({"at":"/none","is":null})", true},
    {R"({"at":"/missing","is":null})", false},
    {R"({"at":"/missing","not":null})", true},
    {R"({"at":"/missing","not":3})", true},
    {R"({"at":"/missing","in":[null,1]})", false},
    {R"({"at":"/missing","above":-1})", false},
    {R"({"at":"/missing","below":1})", false},
    {R"({"at":"/missing","exists":true})", false},
    {R"({"at":"/missing","exists":false})", true},
    {R"({"at":"/n","exists":false})", false},
    {R"({"at":"/n","not":4})", true},
    {R"({"at":"/n","not":3.0})", false},
    {R"({"at":"/name","in":["y","x"]})", true},
    {R"({"at":"/name","in":["y"]})", false},
    {R"({"at":"/n","in":["3",3.0]})", true},
    {R"({"at":"/n","above":2.9})", true},
    {R"({"at":"/n","above":3})", false},
    {R"({"at":"/n","below":3})", false},
    {R"({"at":"/n","below":3.1})", true},
    {R"({"at":"/half","above":0})", true},
    {R"({"at":"/most","above":18446744073709551614})", true},
    {R"({"at":"/minus","below":18446744073709551615})", true},
    {R"({"at":"/name","above":0})", false},
    {R"({"at":"/name","below":0})", false},
    {R"({"at":"/none","below":1})", false},
    {R"({"all":[{"at":"/n","is":3},{"at":"/name","is":"x"}]})", true},
    {R"({"all":[{"at":"/n","is":3},{"at":"/name","is":"y"}]})", false},
    {R"({"any":[{"at":"/n","is":4},{"at":"/name","is":"x"}]})", true},
    {R"({"any":[{"at":"/n","is":4},{"at":"/name","is":"y"}]})", false},
    {R"({"none":[{"at":"/n","is":4},{"at":"/name","is":"y"}]})", true},
    {R"({"none":[{"at":"/n","is":4},{"at":"/name","is":"x"}]})", false},
    {R"({"all":[{"any":[{"at":"/n","is":4},{"none":[{"at":"/yes","is":false}]}]},{"at":"/n","below":4}]})", true},
};

std::string nested_condition(int depth) {
  std::string text = R"({"at":"/n","is":3})";
  for (int i = 1; i < depth; ++i) text = R"({"all":[)" + text + "]}";
  return text;
}

} // namespace

TEST_CASE("a condition holds or not by the value where it points") {
  for (const judgement& j : judgements) {
    CAPTURE(j.condition);
    CHECK(holds(json_value::parse(j.condition), state) == j.holds);
  }
}

TEST_CASE("a document that is no condition is refused where it goes wrong") {
  const std::pair<std::string, std::string> table[] = {
      {"3", "when: must be an object, not a number"},
      {"{}", "when: must be a condition: have one of at, all, any, none"},
      {R"({"all":[{"at":"","is":1}],"any":[]})", "when: must be a condition: have one of at, all, any, none"},
      {R"({"every":[]})", "when: must be a condition: have one of at, all, any, none"},
      {R"({"all":{}})", "when.all: must be an array, not an object"},
      {R"({"none":[]})", "when.none: must have 1 to 200000 conditions"},
      {R"({"any":[{"at":"/x","is":1},3]})", "when.any[1]: must be an object, not a number"},
      {R"({"all":[{"at":"/x","is":1}],"or":1})", R"(when.or: is not a field of a condition with "all")"},
      {R"({"at":"/x"})", R"(when: must have one of is, not, in, above, below, exists beside "at")"},
      {R"({"at":"/x","above":1,"below":3})", R"(when: must have one of is, not, in, above, below, exists beside "at")"},
      {R"({"at":"/x","is":1,"all":[]})", R"(when.all: is not a field of a condition with "at")"},
      {R"({"at":3,"is":1})", "when.at: must be a string, not a number"},
      {R"({"at":"x","is":1})", "when.at: must be a JSON pointer such as \"/design/files/0\", with ~1 for a slash and "
                               "~0 for a tilde in a name"},
      {R"({"at":"/x","in":1})", "when.in: must be an array, not a number"},
      {R"({"at":"/x","in":[]})", "when.in: must have 1 to 200000 values"},
      {R"({"at":"/x","above":"1"})", "when.above: must be a number, not a string"},
      {R"({"at":"/x","below":null})", "when.below: must be a number, not null"},
      {R"({"at":"/x","exists":1})", "when.exists: must be a boolean, not a number"},
  };
  for (const auto& [document, expected] : table) {
    CAPTURE(document);
    CHECK(condition_refusal(document) == expected);
  }
}

TEST_CASE("conditions are nested 8 deep and no deeper") {
  CHECK(condition_refusal(nested_condition(8)).empty());
  CHECK(condition_refusal(nested_condition(9)) ==
        "when.all[0].all[0].all[0].all[0].all[0].all[0].all[0].all[0]: is nested more than 8 deep");
}

TEST_CASE("a condition reads like a sentence") {
  const std::pair<std::string, std::string> table[] = {
      {R"({"at":"/a/b","is":"x"})", R"(/a/b is "x")"},
      {R"({"at":"","not":{}})", "the state is not {}"},
      {R"({"at":"/a","in":[1,2]})", "/a in [1,2]"},
      {R"({"at":"/a","above":0.5})", "/a above 0.5"},
      {R"({"at":"/a","exists":true})", "/a exists"},
      {R"({"at":"/a","exists":false})", "/a is missing"},
      {R"({"all":[{"at":"/a","is":1},{"any":[{"at":"/b","is":2},{"at":"/c","is":3}]}]})",
       "/a is 1 and (/b is 2 or /c is 3)"},
      {R"({"none":[{"at":"/a","is":1},{"at":"/b","is":2}]})", "not (/a is 1 or /b is 2)"},
      {R"({"any":[{"all":[{"at":"/a","is":1}]}]})", "/a is 1"},
  };
  for (const auto& [document, expected] : table) CHECK(condition_text({json_value::parse(document)}) == expected);
}

TEST_CASE("all, any and none agree with the conditions in them") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 500; ++round) {
    json_value list = json_value::array();
    std::size_t held = 0;
    for (auto n = 1 + seed.below(5); n > 0; --n) {
      const json_value one = json_value::parse(judgements[seed.below(std::size(judgements))].condition);
      held += judge({one}, state);
      list.push_back(one);
    }
    CAPTURE(list.dump());
    CHECK(judge({{{"all", list}}}, state) == (held == list.size()));
    CHECK(judge({{{"any", list}}}, state) == (held != 0));
    CHECK(judge({{{"none", list}}}, state) == (held == 0));
  }
}
