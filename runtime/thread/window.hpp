#pragma once
// Choosing the last messages that fit a model's budget, so that the choice is a list the model accepts.
//
// Rules: pinned system messages come first and are always in; then the newest messages backwards while they
// fit max_messages and max_tokens (system messages count too); an assistant message with tool calls and the
// tool messages that answer it are one block, in or out as a whole; a block whose calls are not all answered,
// and a tool message without its call, are left out (a model refuses them). The first block that does not
// fit ends the window: no holes in the middle.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/thread/message.hpp"

namespace ropewalk::thread {

enum class window_shape : std::uint8_t { native, openai, langchain };

// What the choice looks at; made from a message's JSON by describe().
struct window_candidate {
  std::uint64_t seq = 0;
  role author = role::user;
  std::uint32_t tokens = 0;
  std::vector<std::string> calls;   // ids of an assistant's tool calls (tool_calls and tool_call parts)
  std::vector<std::string> answers; // ids that a tool message answers (tool_call_id and tool_result parts)
};
result<window_candidate> describe(std::string_view message_json);

struct window_budget {
  std::uint64_t max_messages = 0; // 0 = no bound
  std::uint64_t max_tokens = 0;   // 0 = no bound
};

struct window_choice {
  std::vector<std::size_t> chosen; // indices into `system` for the first system_count, then into `tail`
  std::size_t system_count = 0;
  std::uint64_t tokens = 0;
  bool reached_budget = false;     // false: all of `tail` was looked at; older messages might still fit
};

// system: pinned system messages, oldest first. tail: consecutive newest messages, oldest first; system
// messages inside it are skipped (they are in `system`). tail_is_complete: nothing older exists.
window_choice choose_window(const std::vector<window_candidate>& system, const std::vector<window_candidate>& tail,
                            bool tail_is_complete, const window_budget& budget);

// Appends one stored message in the given shape; openai may need several messages for one (tool_result
// parts), separated by commas. Format: OpenAI Chat Completions messages; LangChain convert_to_messages dicts.
status_result append_shaped(std::string& out, std::string_view message_json, window_shape shape);

} // namespace ropewalk::thread
