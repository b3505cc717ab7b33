#pragma once
// Choosing the last messages that fit a model's budget, so that the choice is a list the model accepts.
//
// Rules:
//   - Pinned system messages come first and are always in; they count, so they may use up the budget alone.
//   - Then the newest messages, backwards, while they fit max_messages and max_tokens. The first that does not
//     fit ends the window: no holes in the middle.
//   - An assistant message with tool calls and the tool messages that answer it are one block, in or out as a
//     whole, placed where the assistant message is. Where others spoke in between, the answers are moved up to
//     their call: a model wants them next to each other.
//   - What a model refuses is left out: a block with an unanswered call, a tool message without its call, a
//     second answer to one call. An id that is used again belongs to the latest call before the answer.
//   - A tool message with several tool_result parts counts as that many messages: so many it becomes.

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
  bool reached_budget = false; // false: all of `tail` was looked at; older messages might still fit
  bool complete = false;       // more of the thread would not change the choice
};

// system: pinned system messages, oldest first. tail: consecutive newest messages, oldest first; system
// messages inside it are skipped (they are in `system`). tail_is_complete: nothing older exists.
window_choice choose_window(const std::vector<window_candidate>& system, const std::vector<window_candidate>& tail,
                            bool tail_is_complete, const window_budget& budget);

// Appends one stored message in the given shape; openai and langchain may need several messages for one
// (tool_result parts), separated by commas. Formats: OpenAI Chat Completions messages (shape_openai.hpp) and
// the dicts of LangChain's convert_to_messages (shape_langchain.hpp).
status_result append_shaped(std::string& out, std::string_view message_json, window_shape shape);

} // namespace ropewalk::thread
