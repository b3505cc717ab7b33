#pragma once
// A stored message with an edit laid over it.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/thread/commands.hpp"

namespace ropewalk::thread {

struct edited_message {
  std::uint64_t seq = 0;
  std::string message_json;
};

// Refuses (conflict) another revision than expected, and (invalid) fields that the message's role cannot
// carry. Fields that the edit does not name stay byte for byte.
result<edited_message> edit_message(std::string_view stored_json, const edit& change, instant now);

} // namespace ropewalk::thread
