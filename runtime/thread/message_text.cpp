#include "runtime/thread/message_text.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/thread/shape_parts.hpp"

namespace ropewalk::thread {

namespace {

void append_line(std::string& out, std::string_view text) {
  if (text.empty()) return;
  if (!out.empty()) out += '\n';
  out += text;
}

void append_content(std::string& out, json_view content) {
  if (content.is(json_type::string)) return append_line(out, content.string());
  if (!content.is(json_type::array)) return;
  for (const json_view part : content.elements()) {
    const part_kind kind = kind_of(part);
    if (kind == part_kind::text) append_line(out, *text_field(part, "text"));
    if (kind == part_kind::tool_result) append_content(out, *part.find("content")); // depth is bounded by the parser
  }
}

} // namespace

std::string message_text(json_view message, std::size_t max_bytes) {
  std::string out;
  if (const auto content = message.find("content")) append_content(out, *content);
  for (const stored_call& call : calls_of(message)) {
    append_line(out, call.name);
    append_line(out, call.arguments);
  }
  if (out.size() > max_bytes) {
    std::size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
    out.resize(end);
  }
  return out;
}

result<std::string> message_text(std::string_view message_json, std::size_t max_bytes) {
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a stored message is not JSON: " + doc.error().detail, {}};
  return message_text(doc->root(), max_bytes);
}

} // namespace ropewalk::thread
