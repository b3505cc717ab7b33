#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/json_text.hpp"
#include "transport/command_body.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {
namespace {

const std::string reference_path = std::string(ROPEWALK_SOURCE_DIR) + "/docs/wire.md";

void check_fields(std::span<const field_spec> fields) {
  CHECK(fields.size() <= max_fields);
  std::set<std::string_view> names;
  for (const field_spec& f : fields) {
    CAPTURE(f.name);
    CHECK(names.insert(f.name).second);
    CHECK(!f.doc.empty());
    CHECK(f.min <= f.max);
    if (!f.fallback.empty()) CHECK(json_document::parse(f.fallback, {}));
    switch (f.type) {
    case field_type::text:
    case field_type::id:
    case field_type::document:
    case field_type::cursor:
    case field_type::identifier:
    case field_type::pointer:
    case field_type::integer:
    case field_type::json:
    case field_type::metadata: CHECK(f.max > 0); break;
    case field_type::choice: CHECK(!f.choices.empty()); break;
    case field_type::attributes:
    case field_type::texts: CHECK((f.count > 0 && f.max > 0)); break;
    case field_type::object:
    case field_type::messages:
      CHECK(!f.inner.empty());
      check_fields(f.inner);
      break;
    case field_type::boolean:
    case field_type::time:
    case field_type::content:
    case field_type::tool_calls: break;
    }
  }
}

bool has_field(const verb_spec& v, std::string_view name) {
  for (const field_spec& f : v.fields)
    if (f.name == name) return true;
  return false;
}

} // namespace

TEST_CASE("the verb table describes each verb once and completely") {
  CHECK(verbs().size() == 77);
  std::set<std::string> names;
  for (const verb_spec& v : verbs()) {
    CAPTURE(full_name(v));
    CHECK(names.insert(full_name(v)).second);
    CHECK(!v.doc.empty());
    CHECK(!v.reply.empty());
    check_fields(v.fields);
    for (const rule_spec& rule : v.rules) {
      CHECK(rule.fields.size() >= 2);
      for (const std::string_view f : rule.fields) CHECK(has_field(v, f));
    }
    CHECK(find_verb(v.noun, v.verb) == &v);
    CHECK(&verbs()[index_of(v)] == &v);
    CHECK(command_body_of(v) != nullptr);
  }
}

TEST_CASE("every decoder belongs to a verb of the table") {
  std::size_t decoders = 0;
  for (const auto part :
       {thread_write_bodies(), read_bodies(), workflow_bodies(), workflows_bodies(), schedule_bodies()})
    for (const named_command_body& b : part) {
      CAPTURE(b.verb);
      CHECK(find_verb(b.of, b.verb));
      ++decoders;
    }
  CHECK(decoders == verbs().size());
}

TEST_CASE("a verb's examples show fields and replies that the table has") {
  for (const verb_spec& v : verbs()) {
    CAPTURE(full_name(v));
    const auto request = nlohmann::json::parse(v.example_request);
    for (const auto& [name, value] : request.items()) CHECK(has_field(v, name));
    const auto reply = nlohmann::json::parse(v.example_reply);
    std::set<std::string> known = {"..."};
    for (const reply_field& f : v.reply) known.emplace(f.name);
    for (const auto& [name, value] : reply.items()) {
      CAPTURE(name);
      CHECK(known.count(name) == 1);
    }
    for (const reply_field& f : v.reply)
      if (f.always && !reply.contains("...")) {
        CAPTURE(f.name);
        CHECK(reply.contains(std::string(f.name)));
      }
  }
}

TEST_CASE("a write's reply has a receipt") {
  for (const verb_spec& v : verbs()) {
    bool has_receipt = false;
    for (const reply_field& f : v.reply) has_receipt = has_receipt || f.name == "receipt";
    CAPTURE(full_name(v));
    CHECK(has_receipt == v.writes);
  }
}

TEST_CASE("a schema says names, bounds and rules of its verb") {
  for (const verb_spec& v : verbs()) {
    CAPTURE(full_name(v));
    const auto schema = nlohmann::json::parse(json_schema(v));
    CHECK(schema["type"] == "object");
    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"].size() == v.fields.size());
  }
  const auto edit = nlohmann::json::parse(json_schema(*find_verb(noun::thread, "edit")));
  CHECK(edit["allOf"][0] == nlohmann::json::parse(R"({"oneOf":[{"required":["id"]},{"required":["seq"]}]})"));
  CHECK(edit["properties"]["seq"]["minimum"] == 1);
  const auto append = nlohmann::json::parse(json_schema(*find_verb(noun::thread, "append")));
  CHECK(append["required"] == nlohmann::json::parse(R"(["role"])"));
  CHECK(append["properties"]["role"]["enum"] == nlohmann::json::parse(R"(["system","user","assistant","tool"])"));
  const auto pages = nlohmann::json::parse(json_schema(*find_verb(noun::thread, "messages")));
  CHECK(pages["properties"]["limit"]["default"] == 50);
  CHECK(pages["allOf"][0]["not"]["anyOf"].size() == 4);
  const auto complete = nlohmann::json::parse(json_schema(*find_verb(noun::workflow, "complete")));
  CHECK(!complete["properties"]["result"].contains("type"));
  CHECK(complete["properties"]["error"]["required"] == nlohmann::json::parse(R"(["code"])"));
  const auto start = nlohmann::json::parse(json_schema(*find_verb(noun::workflow, "start")))["properties"];
  CHECK(start["definition"]["pattern"] == "^[A-Za-z0-9_-]+$");
  CHECK(start["attributes"]["maxProperties"] == 32);
  CHECK(start["attributes"]["additionalProperties"]["type"] ==
        nlohmann::json::parse(R"(["string","number","boolean"])"));
}

// ROPEWALK_WRITE_REFERENCE=1 writes the page instead.
TEST_CASE("docs/wire.md is what the verb table says") {
  const std::string wanted = wire_reference();
  if (std::getenv("ROPEWALK_WRITE_REFERENCE")) {
    std::ofstream(reference_path, std::ios::binary) << wanted;
    return;
  }
  std::ifstream file(reference_path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  INFO("docs/wire.md is old; make it anew: ROPEWALK_WRITE_REFERENCE=1 " ROPEWALK_TEST_PROGRAM " \"docs/wire.md*\"");
  CHECK((page == wanted)); // in brackets: two whole pages help nobody
}

} // namespace ropewalk::transport
