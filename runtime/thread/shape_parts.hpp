#pragma once
// Reading the parts of a stored message for those who show it in another shape. The message was checked when
// it came in; these functions still make something of any JSON, because an edit or an older version may have
// left what a shape does not expect.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

enum class part_kind : std::uint8_t { text, image, image_url, file, tool_call, tool_result, other };
part_kind kind_of(json_view part);

// A string member, or nullopt.
std::optional<std::string> text_field(json_view object, std::string_view name);

// One call of a tool, from tool_calls or from a tool_call part. Views into the message's document.
struct stored_call {
  std::string id, name;
  std::string arguments; // the text that the model wrote; an object's compact JSON
};
std::vector<stored_call> calls_of(json_view message);

// For people, and for models that take only text there: "[image: https://…]", "[file: report.pdf, …]",
// "[tool call get_weather: {…}]"; a text part's or a tool result's own text.
std::string part_as_text(json_view part);
// A content's text: the string, or its parts as text, one below the other.
std::string content_as_text(json_view content);

// Appends a text, image or file part as OpenAI spells it. What has no spelling there becomes text.
void append_openai_part(std::string& out, json_view part);

} // namespace ropewalk::thread
