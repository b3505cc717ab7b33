#include "runtime/thread/message_parts.hpp"

#include <algorithm>
#include <span>

#include "runtime/limits.hpp"
#include "runtime/thread/message_tokens.hpp"

namespace ropewalk::thread {

namespace {

enum class shape : std::uint8_t {
  any_text,   // a string
  some_text,  // a string that is not empty
  short_text, // 1 to limits::tool_name_bytes
  base64,
  media_type, // "image/png"
  detail,
  flag,
  arguments, // a string or an object
  image_url, // OpenAI's {"url","detail"?}
  file,      // OpenAI's {"file_id"|"file_data","filename"?}
  result,    // string or parts without calls and results
};

struct part_field {
  std::string_view name;
  shape is;
  bool required = false;
};

// One way to spell a part. A type with several spellings has several rows; the one whose first field is
// present is meant.
struct part_spelling {
  std::string_view type;
  std::span<const part_field> fields;
};

constexpr part_field text_fields[] = {{"text", shape::any_text, true}};
constexpr part_field image_by_url[] = {{"url", shape::some_text, true}, {"detail", shape::detail}};
constexpr part_field image_inline[] = {
    {"data", shape::base64, true}, {"media_type", shape::media_type, true}, {"detail", shape::detail}};
constexpr part_field image_openai[] = {{"image_url", shape::image_url, true}};
constexpr part_field file_by_url[] = {
    {"url", shape::some_text, true}, {"media_type", shape::media_type}, {"name", shape::short_text}};
constexpr part_field file_by_id[] = {
    {"file_id", shape::some_text, true}, {"media_type", shape::media_type}, {"name", shape::short_text}};
constexpr part_field file_inline[] = {
    {"data", shape::base64, true}, {"media_type", shape::media_type}, {"name", shape::short_text}};
constexpr part_field file_openai[] = {{"file", shape::file, true}};
constexpr part_field call_fields[] = {
    {"id", shape::short_text, true}, {"name", shape::short_text, true}, {"arguments", shape::arguments, true}};
constexpr part_field result_fields[] = {
    {"tool_call_id", shape::short_text, true}, {"content", shape::result, true}, {"is_error", shape::flag}};

constexpr part_spelling spellings[] = {
    {"text", text_fields},      {"image", image_by_url},        {"image", image_inline}, {"image_url", image_openai},
    {"file", file_by_url},      {"file", file_by_id},           {"file", file_inline},   {"file", file_openai},
    {"tool_call", call_fields}, {"tool_result", result_fields},
};

constexpr part_field image_url_fields[] = {{"url", shape::some_text, true}, {"detail", shape::detail}};
constexpr part_field openai_file_by_id[] = {{"file_id", shape::some_text, true}, {"filename", shape::short_text}};
constexpr part_field openai_file_inline[] = {{"file_data", shape::some_text, true}, {"filename", shape::short_text}};
constexpr part_field call_object[] = {{"name", shape::short_text, true}, {"arguments", shape::any_text, true}};

bool is_base64(std::string_view text) noexcept {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

bool is_media_type(std::string_view text) noexcept {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && slash != 0 && slash + 1 != text.size() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7F && c != ','; });
}

status_result check_parts(json_view content, const field_place& place, content_facts& facts, bool inside_result);
status_result check_fields(json_view object, const field_place& place, std::span<const part_field> fields,
                           std::string_view where, content_facts& facts);

status_result check_text(json_view value, const field_place& place, shape is) {
  if (!value.is(json_type::string)) return place.wrong_type("a string", value);
  if (is == shape::any_text) return ok();
  if (value.string_bytes() == 0) return place.broken("must not be empty");
  if ((is == shape::short_text || is == shape::media_type) && value.string_bytes() > limits::tool_name_bytes)
    return place.over(limits::tool_name_bytes);
  if (is == shape::base64 && !is_base64(value.string())) return place.broken("must be base64 (RFC 4648, section 4)");
  if (is == shape::media_type && !is_media_type(value.string()))
    return place.broken("must be a media type such as \"image/png\"");
  if (is == shape::detail) {
    const std::string text = value.string();
    if (text != "auto" && text != "low" && text != "high") return place.broken("must be \"auto\", \"low\" or \"high\"");
  }
  return ok();
}

status_result check_value(json_view value, const field_place& place, shape is, content_facts& facts) {
  switch (is) {
  case shape::any_text:
  case shape::some_text:
  case shape::short_text:
  case shape::base64:
  case shape::media_type:
  case shape::detail: return check_text(value, place, is);
  case shape::flag:
    if (!value.is(json_type::boolean)) return place.wrong_type("a boolean", value);
    return ok();
  case shape::arguments:
    if (!value.is(json_type::string) && !value.is(json_type::object))
      return place.wrong_type("a string or an object", value);
    return ok();
  case shape::image_url: return check_fields(value, place, image_url_fields, "an image_url", facts);
  case shape::file:
    if (value.find("file_data")) return check_fields(value, place, openai_file_inline, "a file with file_data", facts);
    return check_fields(value, place, openai_file_by_id, "a file with file_id", facts);
  case shape::result:
    if (value.is(json_type::string)) return ok();
    if (!value.is(json_type::array)) return place.wrong_type("a string or an array of parts", value);
    return check_parts(value, place, facts, true);
  }
  return ok();
}

// Exactly these fields, each of its shape. "type" is the caller's to check.
status_result check_fields(json_view object, const field_place& place, std::span<const part_field> fields,
                           std::string_view where, content_facts& facts) {
  if (!object.is(json_type::object)) return place.wrong_type("an object", object);
  for (const json_member m : object.members()) {
    if (m.key == "type") continue;
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const part_field& f) { return f.name == m.key; });
    const field_place at = place.at(m.key);
    if (field == fields.end()) return at.broken("is not a field of " + std::string(where));
    if (auto fine = check_value(m.value, at, field->is, facts); !fine) return fine.error();
  }
  for (const part_field& f : fields)
    if (f.required && !object.find(f.name)) return place.at(f.name).missing();
  return ok();
}

// Which of the type's spellings is meant; where none fits, an error that lists what would.
result<const part_spelling*> find_spelling(json_view part, const field_place& place) {
  if (!part.is(json_type::object)) return place.wrong_type("an object", part);
  const auto type = part.find("type");
  const field_place at = place.at("type");
  if (!type) return at.missing();
  if (!type->is(json_type::string)) return at.wrong_type("a string", *type);
  const std::string wanted = type->string();
  const part_spelling* only = nullptr;
  std::string choices;
  int rows = 0;
  for (const part_spelling& s : spellings) {
    if (s.type != wanted) continue;
    if (part.find(s.fields.front().name)) return &s;
    only = &s;
    choices += (rows++ ? "\", \"" : "") + std::string(s.fields.front().name);
  }
  if (rows == 1) return only; // its missing field is named later
  if (rows > 1) return place.broken("needs one of \"" + choices + '"');
  return at.broken("\"" + wanted +
                   "\" is not a known part type; known are text, image, image_url, file, tool_call, tool_result");
}

status_result check_part(json_view part, const field_place& place, content_facts& facts, bool inside_result) {
  const auto spelling = find_spelling(part, place);
  if (!spelling) return spelling.error();
  const std::string_view type = (*spelling)->type;
  const bool call = type == "tool_call", answer = type == "tool_result";
  if (inside_result && (call || answer))
    return place.at("type").broken("a " + std::string(type) + " part cannot stand inside a tool_result");
  const std::string where = (type.front() == 'i' ? "an " : "a ") + std::string(type) + " part with " +
                            std::string((*spelling)->fields.front().name);
  if (auto fine = check_fields(part, place, (*spelling)->fields, where, facts); !fine) return fine.error();
  if (call) facts.calls.push_back(part.find("id")->string());
  else if (answer) facts.answers.push_back(part.find("tool_call_id")->string());
  else if (!inside_result) facts.has_other_parts = true;
  return ok();
}

status_result check_parts(json_view content, const field_place& place, content_facts& facts, bool inside_result) {
  if (content.size() == 0) return place.broken("must have at least one part");
  std::size_t i = 0;
  for (const json_view part : content.elements()) {
    const field_place at = place.at(i++);
    if (auto fine = check_part(part, at, facts, inside_result); !fine) return fine.error();
  }
  return ok();
}

} // namespace

status_result check_content(json_view content, const field_place& place, content_facts& facts) {
  if (content.is(json_type::array)) {
    if (auto fine = check_parts(content, place, facts, false); !fine) return fine.error();
  } else if (!content.is(json_type::string) && !content.is(json_type::null)) {
    return place.wrong_type("a string, an array of parts or null", content);
  }
  facts.tokens += estimate_content_tokens(content);
  return ok();
}

status_result check_tool_calls(json_view tool_calls, const field_place& place, content_facts& facts) {
  if (!tool_calls.is(json_type::array)) return place.wrong_type("an array", tool_calls);
  if (tool_calls.size() == 0)
    return place.broken("must have at least one call; leave the field out where there is none");
  if (tool_calls.size() > limits::tool_calls)
    return place.broken("must have at most " + std::to_string(limits::tool_calls) + " calls");
  std::size_t i = 0;
  for (const json_view call : tool_calls.elements()) {
    const field_place at = place.at(i++);
    if (!call.is(json_type::object)) return at.wrong_type("an object", call);
    for (const json_member m : call.members()) {
      const field_place field = at.at(m.key);
      if (m.key == "id") {
        if (auto fine = check_text(m.value, field, shape::short_text); !fine) return fine.error();
      } else if (m.key == "type") {
        if (!m.value.is(json_type::string) || m.value.string() != "function")
          return field.broken("must be \"function\"");
      } else if (m.key == "function") {
        if (auto fine = check_fields(m.value, field, call_object, "a tool call's function", facts); !fine)
          return fine.error();
        if (m.value.find("type")) return field.at("type").broken("is not a field of a tool call's function");
      } else {
        return field.broken("is not a field of a tool call");
      }
    }
    for (const std::string_view needed : {"id", "type", "function"})
      if (!call.find(needed)) return at.at(needed).missing();
    facts.calls.push_back(call.find("id")->string());
  }
  facts.tokens += estimate_tool_calls_tokens(tool_calls);
  return ok();
}

} // namespace ropewalk::thread
