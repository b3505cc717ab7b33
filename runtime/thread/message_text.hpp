#pragma once
// What full-text search finds a message by: its content's text, text parts, the text of tool results, and the
// names and arguments of its tool calls, each on a line of its own. Attachments, ids and metadata are not in it.

#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "runtime/limits.hpp"
#include "runtime/result.hpp"

namespace ropewalk::thread {

// At most max_bytes, cut between characters. Error: corrupt, if the bytes are not a stored message's JSON.
result<std::string> message_text(std::string_view message_json, std::size_t max_bytes = limits::content_bytes);
std::string message_text(json_view message, std::size_t max_bytes = limits::content_bytes);

} // namespace ropewalk::thread
