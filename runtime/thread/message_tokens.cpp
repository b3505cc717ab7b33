#include "runtime/thread/message_tokens.hpp"

#include <algorithm>

#include "runtime/json_fields.hpp"
#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::thread {

std::uint64_t estimate_text_tokens(json_view text) {
  if (const auto plain = text.plain_string()) return estimate_tokens(*plain);
  return estimate_tokens(text.string());
}

namespace {

std::uint64_t text_of(json_view object, std::string_view field) {
  const auto v = object.find(field);
  if (!v) return 0;
  if (v->is(json_type::string)) return estimate_text_tokens(*v);
  return v->is(json_type::object) ? estimate_tokens(v->compact()) : 0; // a tool_call part's arguments
}

bool is_text(const std::optional<json_view>& v, std::string_view text) {
  return v && v->is(json_type::string) && v->string() == text;
}

std::uint64_t estimate_part(json_view part) {
  const auto type = part.find("type");
  if (is_text(type, "text")) return text_of(part, "text");
  if (is_text(type, "tool_call")) return text_of(part, "name") + text_of(part, "arguments");
  if (is_text(type, "tool_result")) {
    const auto content = part.find("content");
    return content ? estimate_content_tokens(*content) : 0; // depth is bounded by the parser
  }
  if (is_text(type, "file")) return tokens_an_attachment;
  if (is_text(type, "image")) return is_text(part.find("detail"), "low") ? tokens_a_small_image : tokens_an_attachment;
  if (is_text(type, "image_url")) {
    const auto image = part.find("image_url");
    return image && is_text(image->find("detail"), "low") ? tokens_a_small_image : tokens_an_attachment;
  }
  return 0;
}

} // namespace

std::uint64_t estimate_content_tokens(json_view content) {
  if (content.is(json_type::string)) return estimate_text_tokens(content);
  std::uint64_t sum = 0;
  if (content.is(json_type::array))
    for (const json_view part : content.elements()) sum += estimate_part(part);
  return sum;
}

std::uint64_t estimate_tool_calls_tokens(json_view tool_calls) {
  std::uint64_t sum = 0;
  if (!tool_calls.is(json_type::array)) return 0;
  for (const json_view call : tool_calls.elements())
    if (const auto function = call.find("function"))
      sum += text_of(*function, "name") + text_of(*function, "arguments");
  return sum;
}

std::uint32_t bounded_tokens(std::uint64_t tokens) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(tokens, limits::message_tokens));
}

std::uint32_t estimate_message_tokens(std::string_view content_json, std::string_view tool_calls_json) {
  std::uint64_t sum = tokens_a_message;
  if (const auto content = json_document::parse(content_json, record_limits))
    sum += estimate_content_tokens(content->root());
  if (!tool_calls_json.empty())
    if (const auto calls = json_document::parse(tool_calls_json, record_limits))
      sum += estimate_tool_calls_tokens(calls->root());
  return bounded_tokens(sum);
}

} // namespace ropewalk::thread
