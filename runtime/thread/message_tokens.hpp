#pragma once
// How many tokens a message takes when its author did not say. An estimate, the same everywhere:
//
//   4 for the message itself
//   + estimate_tokens (utf8.hpp) of its text, of text parts and of tool results
//   + estimate_tokens of each tool call's name and of its arguments
//   + 765 an image or file, 85 an image with "detail":"low"  (what OpenAI bills for 1024 x 1024 pixels)

#include <cstdint>
#include <string_view>

#include "runtime/json_text.hpp"

namespace ropewalk::thread {

inline constexpr std::uint32_t tokens_a_message = 4;
inline constexpr std::uint32_t tokens_an_attachment = 765;
inline constexpr std::uint32_t tokens_a_small_image = 85;

// Of a JSON string's text.
std::uint64_t estimate_text_tokens(json_view text);
// The whole estimate from stored JSON; tool_calls_json may be "". What is not of the known shape counts nothing.
std::uint32_t estimate_message_tokens(std::string_view content_json, std::string_view tool_calls_json);
// The same from parsed values and without the message's own 4.
std::uint64_t estimate_content_tokens(json_view content);
std::uint64_t estimate_tool_calls_tokens(json_view tool_calls);
// The sum as a message's token count, kept within its bound.
std::uint32_t bounded_tokens(std::uint64_t tokens) noexcept;

} // namespace ropewalk::thread
