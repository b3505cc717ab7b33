#include "transport/field_rules.hpp"

#include <algorithm>

#include "runtime/instant.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"
#include "runtime/workflow/document_value.hpp"
#include "runtime/workflow/json_pointer.hpp"

namespace ropewalk::transport {
namespace {

error must(const std::string& path, std::string rule) { return invalid(path, "must " + std::move(rule)); }

error wrong_type(const std::string& path, std::string_view wanted, json_view got) {
  return must(path, "be " + std::string(wanted) + ", not " + std::string(name(got.type())));
}

error longer(const std::string& path, std::int64_t bytes) {
  return {errc::too_large, {}, "is longer than " + std::to_string(bytes) + " bytes", path};
}

status_result check_text(const field_spec& spec, json_view value, const std::string& path, bool single_line) {
  if (!value.is(json_type::string)) return wrong_type(path, "a string", value);
  const auto bytes = static_cast<std::int64_t>(value.string_bytes());
  if (bytes < spec.min) return must(path, "not be empty");
  if (bytes > spec.max) return longer(path, spec.max);
  if (!single_line) return ok();
  const auto plain = value.plain_string();
  if (plain ? has_control_characters(*plain) : has_control_characters(value.string()))
    return must(path, "have no control characters");
  return ok();
}

status_result check_identifier(const field_spec& spec, json_view value, const std::string& path) {
  if (auto fine = check_text(spec, value, path, true); !fine) return fine;
  const auto most = static_cast<std::size_t>(spec.max);
  if (!workflow::is_identifier(value.string(), most)) return must(path, workflow::identifier_rule(most));
  return ok();
}

status_result check_pointer(const field_spec& spec, json_view value, const std::string& path) {
  if (auto fine = check_text(spec, value, path, false); !fine) return fine;
  if (!workflow::is_json_pointer(value.string()))
    return must(path, "be a JSON pointer: \"\" for the whole, or names each after a /, in which ~ is written "
                      "~0 and / is ~1");
  return ok();
}

status_result check_choice(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::string)) return wrong_type(path, "a string", value);
  const std::string text = value.string();
  if (std::find(spec.choices.begin(), spec.choices.end(), text) != spec.choices.end()) return ok();
  std::string rule = "be one of";
  for (std::size_t i = 0; i < spec.choices.size(); ++i)
    rule.append(i == 0 ? " \"" : ", \"").append(spec.choices[i]).append("\"");
  return must(path, std::move(rule));
}

status_result check_integer(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::number)) return wrong_type(path, "an integer", value);
  const auto n = value.integer();
  if (!n || *n < spec.min || *n > spec.max)
    return must(path, "be an integer from " + std::to_string(spec.min) + " to " + std::to_string(spec.max));
  return ok();
}

status_result check_time(json_view value, const std::string& path) {
  if (!value.is(json_type::string)) return wrong_type(path, "a string", value);
  if (auto t = parse_rfc3339(value.string()); !t) return must(path, "be an RFC 3339 time: " + t.error().detail);
  return ok();
}

status_result check_json(const field_spec& spec, json_view value, const std::string& path) {
  const auto most = static_cast<std::size_t>(spec.max);
  if (value.raw().size() > most && value.compact().size() > most) return longer(path, spec.max);
  return ok();
}

status_result check_metadata(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::object)) return wrong_type(path, "an object", value);
  return check_json(spec, value, path);
}

status_result check_attributes(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::object)) return wrong_type(path, "an object", value);
  if (value.size() > spec.count) return must(path, "have at most " + std::to_string(spec.count) + " members");
  for (const json_member m : value.members()) {
    if (!workflow::is_identifier(m.key, limits::attribute_name_bytes))
      return must(path, "have names of " + workflow::identifier_rule(limits::attribute_name_bytes));
    const std::string at = path + '.' + m.key;
    if (m.value.is(json_type::string)) {
      if (auto fine = check_text(spec, m.value, at, true); !fine) return fine;
    } else if (!m.value.is(json_type::number) && !m.value.is(json_type::boolean)) {
      return wrong_type(at, "a string, a number or a boolean", m.value);
    }
  }
  return ok();
}

status_result check_texts(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::array)) return wrong_type(path, "an array", value);
  if (value.size() > spec.count) return must(path, "have at most " + std::to_string(spec.count) + " elements");
  std::size_t i = 0;
  for (const json_view element : value.elements())
    if (auto fine = check_text(spec, element, path + '[' + std::to_string(i++) + ']', true); !fine) return fine;
  return ok();
}

status_result check_messages(const field_spec& spec, json_view value, const std::string& path) {
  if (!value.is(json_type::array)) return wrong_type(path, "an array", value);
  if (static_cast<std::int64_t>(value.size()) < spec.min) return must(path, "not be empty");
  if (value.size() > spec.count)
    return error{errc::too_large, {}, "has more than " + std::to_string(spec.count) + " elements", path};
  if (static_cast<std::int64_t>(value.raw().size()) > spec.max) return longer(path, spec.max);
  return ok();
}

} // namespace

status_result check_value(const field_spec& spec, json_view value, const std::string& path) {
  switch (spec.type) {
  case field_type::text:
  case field_type::id:
  case field_type::cursor: return check_text(spec, value, path, true);
  case field_type::document: return check_text(spec, value, path, false);
  case field_type::identifier: return check_identifier(spec, value, path);
  case field_type::pointer: return check_pointer(spec, value, path);
  case field_type::choice: return check_choice(spec, value, path);
  case field_type::integer: return check_integer(spec, value, path);
  case field_type::boolean:
    if (!value.is(json_type::boolean)) return wrong_type(path, "true or false", value);
    return ok();
  case field_type::time: return check_time(value, path);
  case field_type::metadata: return check_metadata(spec, value, path);
  case field_type::json: return check_json(spec, value, path);
  case field_type::attributes: return check_attributes(spec, value, path);
  case field_type::texts: return check_texts(spec, value, path);
  case field_type::object:
    if (!value.is(json_type::object)) return wrong_type(path, "an object", value);
    return ok();
  case field_type::messages: return check_messages(spec, value, path);
  case field_type::content:
  case field_type::tool_calls: return ok(); // runtime/thread/message_fields.hpp
  }
  return ok();
}

} // namespace ropewalk::transport
