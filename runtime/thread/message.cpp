#include "runtime/thread/message.hpp"

#include <charconv>

#include "runtime/json_writer.hpp"

namespace ropewalk::thread {

std::string_view name(role r) noexcept {
  switch (r) {
  case role::system: return "system";
  case role::user: return "user";
  case role::assistant: return "assistant";
  case role::tool: return "tool";
  }
  return "user";
}

std::optional<role> parse_role(std::string_view text) noexcept {
  for (const role r : {role::user, role::assistant, role::tool, role::system})
    if (text == name(r)) return r;
  return std::nullopt;
}

namespace {

void append_number(std::string& out, std::uint64_t n) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

void append_text_field(std::string& out, std::string_view key, const std::optional<std::string>& text) {
  if (!text) return;
  out += key;
  append_json_string(out, *text);
}

void append_json_field(std::string& out, std::string_view key, const std::optional<std::string>& json) {
  if (!json) return;
  out += key;
  out += *json;
}

} // namespace

// On the path of every append: one string, grown once, no writer in between.
std::string render_message(const message_identity& who, const message_draft& what) {
  std::string out;
  out.reserve(256 + who.id.size() + what.content_json.size() +
              (what.tool_calls_json ? what.tool_calls_json->size() : 0) +
              (what.metadata_json ? what.metadata_json->size() : 0) + (what.sender ? what.sender->size() : 0) +
              (what.name ? what.name->size() : 0) + (what.tool_call_id ? what.tool_call_id->size() : 0));
  out += "{\"id\":";
  append_json_string(out, who.id);
  out += ",\"seq\":";
  append_number(out, who.seq);
  out += ",\"role\":\"";
  out += name(what.author);
  out += '"';
  append_text_field(out, ",\"sender\":", what.sender);
  append_text_field(out, ",\"name\":", what.name);
  out += ",\"content\":";
  out += what.content_json;
  append_json_field(out, ",\"tool_calls\":", what.tool_calls_json);
  append_text_field(out, ",\"tool_call_id\":", what.tool_call_id);
  append_json_field(out, ",\"metadata\":", what.metadata_json);
  out += ",\"tokens\":";
  append_number(out, what.tokens);
  if (what.tokens_estimated) out += ",\"tokens_estimated\":true";
  out += ",\"revision\":";
  append_number(out, what.revision.value_or(who.revision));
  out += ",\"created_at\":\"";
  append_rfc3339(out, what.created_at.value_or(who.created_at));
  out += '"';
  const auto updated_at = what.updated_at ? what.updated_at : who.updated_at;
  if (updated_at) {
    out += ",\"updated_at\":\"";
    append_rfc3339(out, *updated_at);
    out += '"';
  }
  out += '}';
  return out;
}

} // namespace ropewalk::thread
