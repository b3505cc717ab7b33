#include "actors/window_reply.hpp"

#include "runtime/thread/window.hpp"

namespace ropewalk::actors {
namespace {

result<std::vector<thread::window_candidate>> describe_all(const std::vector<message_bytes>& messages) {
  std::vector<thread::window_candidate> candidates;
  candidates.reserve(messages.size());
  for (const message_bytes& m : messages) {
    auto one = thread::describe(*m);
    if (!one) return one.error();
    candidates.push_back(*std::move(one));
  }
  return candidates;
}

std::string_view name(thread::window_shape shape) {
  switch (shape) {
  case thread::window_shape::native: return "native";
  case thread::window_shape::openai: return "openai";
  case thread::window_shape::langchain: return "langchain";
  }
  return "openai";
}

} // namespace

result<std::optional<std::string>> window_reply(const std::vector<message_bytes>& pinned, const std::vector<message_bytes>& tail,
                                                bool tail_is_complete, const thread::read_window& what) {
  auto system = describe_all(pinned);
  if (!system) return system.error();
  auto candidates = describe_all(tail);
  if (!candidates) return candidates.error();
  const auto choice = thread::choose_window(*system, *candidates, tail_is_complete, what.budget);
  if (!choice.complete) return std::optional<std::string>{};

  std::string text = "{\"messages\":[";
  for (std::size_t i = 0; i < choice.chosen.size(); ++i) {
    const message_bytes& m = i < choice.system_count ? pinned[choice.chosen[i]] : tail[choice.chosen[i]];
    if (i > 0) text += ',';
    if (auto shaped = thread::append_shaped(text, *m, what.shape); !shaped) return shaped.error();
    if (text.size() > limits::reply_bytes)
      return error{errc::too_large, "window_too_large",
                   "the window is larger than " + std::to_string(limits::reply_bytes) + " bytes; ask for fewer messages or tokens",
                   "max_messages"};
  }
  text += "],\"count\":" + std::to_string(choice.chosen.size()) + ",\"tokens\":" + std::to_string(choice.tokens) +
          ",\"shape\":\"" + std::string(name(what.shape)) + "\"}";
  return std::optional(std::move(text));
}

} // namespace ropewalk::actors
