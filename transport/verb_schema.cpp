// JSON Schemas (2020-12) of request bodies, from the verb table. They say what a schema can say; what it
// cannot (bytes instead of characters, roles beside tool calls) the node checks all the same.

#include "runtime/json_writer.hpp"
#include "runtime/limits.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {
namespace {

void write_members(json_writer& w, std::span<const field_spec> fields);

void write_type(json_writer& w, std::initializer_list<std::string_view> types) {
  w.key("type");
  if (types.size() == 1) {
    w.value(*types.begin());
    return;
  }
  w.begin_array();
  for (const std::string_view t : types) w.value(t);
  w.end_array();
}

void write_string(json_writer& w, const field_spec& f) {
  write_type(w, {"string"});
  if (f.min > 0) w.field("minLength", f.min);
  if (f.max > 0) w.field("maxLength", f.max);
}

void write_value(json_writer& w, const field_spec& f) {
  switch (f.type) {
  case field_type::text:
  case field_type::id:
  case field_type::document:
  case field_type::cursor: return write_string(w, f);
  case field_type::identifier:
    write_string(w, f);
    w.field("pattern", "^[A-Za-z0-9_-]+$");
    return;
  case field_type::pointer:
    write_string(w, f);
    w.field("format", "json-pointer");
    return;
  case field_type::choice:
    w.key("enum").begin_array();
    for (const std::string_view c : f.choices) w.value(c);
    w.end_array();
    return;
  case field_type::integer:
    write_type(w, {"integer"});
    w.field("minimum", f.min).field("maximum", f.max);
    return;
  case field_type::boolean: return write_type(w, {"boolean"});
  case field_type::time:
    write_type(w, {"string"});
    w.field("format", "date-time");
    return;
  case field_type::metadata: return write_type(w, {"object"});
  case field_type::json: return;
  case field_type::attributes:
    write_type(w, {"object"});
    w.field("maxProperties", f.count).key("propertyNames").begin_object();
    w.field("pattern", "^[A-Za-z0-9_-]+$").field("maxLength", limits::attribute_name_bytes).end_object();
    w.key("additionalProperties").begin_object();
    write_type(w, {"string", "number", "boolean"});
    w.field("maxLength", f.max).end_object();
    return;
  case field_type::texts:
    write_type(w, {"array"});
    w.field("maxItems", f.count).key("items").begin_object();
    write_string(w, f);
    w.end_object();
    return;
  case field_type::object: return write_members(w, f.inner);
  case field_type::content:
    write_type(w, {"string", "array", "null"});
    w.key("items").begin_object();
    write_type(w, {"object"});
    w.key("required").begin_array().value("type").end_array().end_object();
    return;
  case field_type::tool_calls:
    write_type(w, {"array"});
    w.field("minItems", 1).key("items").begin_object();
    write_type(w, {"object"});
    w.key("required").begin_array().value("id").value("type").value("function").end_array().end_object();
    return;
  case field_type::messages:
    write_type(w, {"array"});
    w.field("minItems", f.min).field("maxItems", f.count).key("items").begin_object();
    write_members(w, f.inner);
    w.end_object();
    return;
  }
}

void write_members(json_writer& w, std::span<const field_spec> fields) {
  write_type(w, {"object"});
  w.field("additionalProperties", false).key("properties").begin_object();
  bool any_required = false;
  for (const field_spec& f : fields) {
    w.key(f.name).begin_object();
    write_value(w, f);
    if (!f.doc.empty()) w.field("description", f.doc);
    if (!f.fallback.empty()) w.raw_field("default", f.fallback);
    w.end_object();
    any_required = any_required || f.required;
  }
  w.end_object();
  if (!any_required) return;
  w.key("required").begin_array();
  for (const field_spec& f : fields)
    if (f.required) w.value(f.name);
  w.end_array();
}

void write_required(json_writer& w, std::initializer_list<std::string_view> names) {
  w.begin_object().key("required").begin_array();
  for (const std::string_view n : names) w.value(n);
  w.end_array().end_object();
}

void write_rule(json_writer& w, const rule_spec& rule) {
  w.begin_object();
  switch (rule.kind) {
  case rule_kind::exactly_one:
  case rule_kind::at_least_one:
    w.key(rule.kind == rule_kind::exactly_one ? "oneOf" : "anyOf").begin_array();
    for (const std::string_view f : rule.fields) write_required(w, {f});
    w.end_array();
    break;
  case rule_kind::at_most_one:
  case rule_kind::not_beside: // no pair of two is given; for not_beside only pairs with the first count
    w.key("not").begin_object().key("anyOf").begin_array();
    for (std::size_t i = 0; i < rule.fields.size(); ++i)
      for (std::size_t j = i + 1; j < rule.fields.size(); ++j)
        if (i == 0 || rule.kind == rule_kind::at_most_one) write_required(w, {rule.fields[i], rule.fields[j]});
    w.end_array().end_object();
    break;
  }
  w.end_object();
}

} // namespace

std::string json_schema(const verb_spec& v) {
  json_writer w;
  w.begin_object().field("$schema", "https://json-schema.org/draft/2020-12/schema");
  w.field("$id", "urn:ropewalk:request:" + full_name(v)).field("title", full_name(v)).field("description", v.doc);
  write_members(w, v.fields);
  if (!v.rules.empty()) {
    w.key("allOf").begin_array();
    for (const rule_spec& rule : v.rules) write_rule(w, rule);
    w.end_array();
  }
  w.end_object();
  return std::move(w).take();
}

} // namespace ropewalk::transport
