#include "actors/window_reply.hpp"

#include <algorithm>

namespace ropewalk::actors {
namespace {

error too_large() {
  return {errc::too_large, "window_too_large",
          "the window is larger than " + std::to_string(limits::reply_bytes) +
              " bytes; ask for fewer messages or tokens",
          "max_messages"};
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

status_result window_reply::described::add(message_bytes m, bool skip_system) {
  auto one = thread::describe(*m);
  if (!one) return one.error();
  if (skip_system && one->author == thread::role::system) m = nullptr;
  if (m) bytes += m->size();
  candidates.push_back(*std::move(one));
  messages.push_back({std::move(m)});
  ++unshaped;
  return bytes > limits::reply_bytes ? shape_all() : ok();
}

// What a shape leaves out, metadata above all, is neither held nor counted. Not before it is much: most of what
// is looked at for a small window is not chosen.
status_result window_reply::described::shape_all() {
  for (; unshaped > 0; --unshaped) {
    held& m = messages[messages.size() - unshaped];
    if (!m.bytes || shape == thread::window_shape::native) continue;
    std::string text;
    if (auto shaped = thread::append_shaped(text, *m.bytes, shape); !shaped) return shaped;
    bytes -= m.bytes->size();
    bytes += text.size();
    m = {std::make_shared<const std::string>(std::move(text)), true};
  }
  return ok();
}

void window_reply::described::reverse() {
  std::reverse(messages.begin(), messages.end());
  std::reverse(candidates.begin(), candidates.end());
}

result<std::optional<std::string>> window_reply::finish(bool tail_is_complete) {
  const bool enough = tail_.bytes > bytes_max;
  // A choice walks the whole tail: only when that has doubled, so that all choices cost what the last one costs.
  if (!tail_is_complete && !enough && tail_.messages.size() < 2 * chosen_from_) return std::optional<std::string>{};
  chosen_from_ = tail_.messages.size();
  tail_.reverse();
  const auto choice = thread::choose_window(pinned_.candidates, tail_.candidates, tail_is_complete, what_.budget);
  if (choice.complete) {
    auto text = render(choice);
    if (!text) return text.error();
    return std::optional(*std::move(text));
  }
  if (enough) return too_large();
  tail_.reverse();
  return std::optional<std::string>{};
}

result<std::string> window_reply::render(const thread::window_choice& choice) const {
  std::string text = "{\"messages\":[";
  for (std::size_t i = 0; i < choice.chosen.size(); ++i) {
    const auto& from = i < choice.system_count ? pinned_ : tail_;
    if (i > 0) text += ',';
    const held& m = from.messages[choice.chosen[i]];
    if (m.shaped) text += *m.bytes;
    else if (auto shaped = thread::append_shaped(text, *m.bytes, what_.shape); !shaped) return shaped.error();
    if (text.size() > limits::reply_bytes) return too_large();
  }
  text += "],\"count\":" + std::to_string(choice.chosen.size()) + ",\"tokens\":" + std::to_string(choice.tokens) +
          ",\"shape\":\"" + std::string(name(what_.shape)) + "\"}";
  return text;
}

} // namespace ropewalk::actors
