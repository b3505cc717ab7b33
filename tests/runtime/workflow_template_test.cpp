// What a phase's input template becomes, and what it may not ask for.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/limits.hpp"
#include "runtime/workflow/input_template.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;

namespace {

std::string template_refusal(const std::string& document, template_place place = template_place::phase) {
  const json_value json = json_value::parse(document);
  first_refusal refused;
  check_template(document_value(json, "input", refused), place);
  return refused ? refused.error().field + ": " + refused.error().detail : "";
}

const json_value state = json_value::parse(R"({"a":{"b":[10,null,{"c":"x"}]},"m~n":1,"m/n":2})");
const json_value element = json_value::parse(R"({"id":7})");

result<json_value> filled(const std::string& document) {
  CAPTURE(document);
  REQUIRE(template_refusal(document, template_place::map_element).empty());
  return fill(json_value::parse(document), {state, &element, 4});
}

} // namespace

TEST_CASE("a template's references are replaced and all else is kept") {
  const std::pair<std::string, std::string> table[] = {
      {"null", "null"},
      {"[]", "[]"},
      {"{}", "{}"},
      {R"({"x":[1,-2,0.5,"$",true]})", R"({"x":[1,-2,0.5,"$",true]})"},
      {R"({"$":""})", R"({"a":{"b":[10,null,{"c":"x"}]},"m~n":1,"m/n":2})"},
      {R"({"$":"/a/b/2/c"})", R"("x")"},
      {R"({"x":{"$":"/a/b/0"},"y":[{"$":"/m~0n"},{"$":"/m~1n"}]})", R"({"x":10,"y":[1,2]})"},
      {R"({"$":"/a/b/1"})", "null"},
      {R"({"$":"/a/b/1","default":3})", "null"},
      {R"({"$":"/a/b/3","default":3})", "3"},
      {R"({"$":"/z","default":{"$":"/a"}})", R"({"$":"/a"})"},
      {R"({"$item":""})", R"({"id":7})"},
      {R"({"i":{"$index":true},"id":{"$item":"/id"},"none":{"$item":"/x","default":null}})",
       R"({"i":4,"id":7,"none":null})"},
      {R"({"$literal":{"$":"/a","more":[{"$item":"nothing"}]}})", R"({"$":"/a","more":[{"$item":"nothing"}]})"},
      {R"({"$ref":"#/defs","$schema":{"$":"/a/b/0"}})", R"({"$ref":"#/defs","$schema":10})"},
  };
  for (const auto& [document, expected] : table) {
    const auto value = filled(document);
    REQUIRE(value);
    CHECK(*value == json_value::parse(expected));
  }
}

TEST_CASE("a reference that leads nowhere fails with its pointer") {
  const std::pair<std::string, std::string> table[] = {
      {R"({"x":[{"$":"/a/z"}]})", R"(/a/z: the state has nothing at "/a/z")"},
      {R"({"$":"/a/b/9"})", R"(/a/b/9: the state has nothing at "/a/b/9")"},
      {R"({"$":"/a/b/0/c"})", R"(/a/b/0/c: the state has nothing at "/a/b/0/c")"},
      {R"({"$item":"/name"})", R"(/name: the element has nothing at "/name")"},
      {R"([{"$":"/first"},{"$":"/second"}])", R"(/first: the state has nothing at "/first")"},
  };
  for (const auto& [document, expected] : table) {
    const auto value = filled(document);
    REQUIRE_FALSE(value);
    CHECK(value.error().type == "missing_input");
    CHECK(value.error().field + ": " + value.error().detail == expected);
  }
}

TEST_CASE("a template that breaks a rule is refused where it does") {
  const std::string keeps = R"(; {"$literal": ...} keeps an object as it is)";
  const std::string pointer =
      "must be a JSON pointer such as \"/design/files/0\", with ~1 for a slash and ~0 for a tilde in a name";
  const std::pair<std::string, std::string> table[] = {
      {R"({"$":"a"})", "input.$: " + pointer},
      {R"({"$":"/a~"})", "input.$: " + pointer},
      {R"({"$":7})", "input.$: must be a string, not a number"},
      {R"({"x":[0,{"$":"/a","b":1}]})", R"(input.x[1].b: is not a field of a template with "$")" + keeps},
      {R"({"$":"/a","$literal":1})", R"(input.$literal: is not a field of a template with "$")" + keeps},
      {R"({"$literal":1,"default":1})", R"(input.default: is not a field of a template with "$literal")" + keeps},
      {R"({"$item":""})", R"(input.$item: is known in the "do" of a map alone)"},
      {R"({"x":{"$index":true}})", R"(input.x.$index: is known in the "do" of a map alone)"},
  };
  for (const auto& [document, expected] : table) {
    CAPTURE(document);
    CHECK(template_refusal(document) == expected);
  }
  CHECK(template_refusal(R"({"$index":false})", template_place::map_element) == "input.$index: must be true");
  CHECK(template_refusal(R"({"$index":true,"default":1})", template_place::map_element) ==
        R"(input.default: is not a field of a template with "$index")" + keeps);
  CHECK(template_refusal(R"({"$literal":{"$":7}})").empty());
}

TEST_CASE("a template cannot multiply the state beyond the bound of an input") {
  const json_value large = {{"text", std::string(limits::phase_input_bytes / 3, 'x')}};
  json_value document = json_value::array();
  for (int i = 0; i < 2; ++i) document.push_back({{"$", ""}});
  CHECK(fill(document, {large}));
  document.push_back({{"$", ""}});
  const auto value = fill(document, {large});
  REQUIRE_FALSE(value);
  CHECK(value.error().code == errc::too_large);
  CHECK(value.error().type == "input_too_large");
}

TEST_CASE("a template cannot nest the state deeper than JSON may be") {
  json_value deep = json_value::object();
  for (std::uint32_t i = 1; i < limits::json_depth; ++i) deep = {{"a", std::move(deep)}};
  CHECK(fill({{"$", ""}}, {deep}));
  CHECK(fill({{"x", {{"$", "/a"}}}}, {deep}));
  const auto value = fill({{"x", {{"$", ""}}}}, {deep});
  REQUIRE_FALSE(value);
  CHECK(value.error().type == "input_too_large");
}

TEST_CASE("a reference's type is only known when it is filled") {
  CHECK(is_reference(json_value::parse(R"({"$":"/a"})")));
  CHECK(is_reference(json_value::parse(R"({"$item":""})")));
  CHECK_FALSE(is_reference(json_value::parse(R"({"a":{"$":"/a"}})")));
  CHECK_FALSE(is_reference("$"));
}
