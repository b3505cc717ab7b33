#include "runtime/thread/window.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "runtime/json_fields.hpp"
#include "runtime/thread/shape_langchain.hpp"
#include "runtime/thread/shape_openai.hpp"
#include "runtime/thread/shape_parts.hpp"

namespace ropewalk::thread {

result<window_candidate> describe(std::string_view message_json) {
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a stored message is not JSON: " + doc.error().detail, {}};
  const json_view message = doc->root();
  record_reader r{message};
  window_candidate c;
  c.seq = r.number("seq");
  c.tokens = static_cast<std::uint32_t>(r.number("tokens"));
  const auto author = parse_role(r.text("role"));
  if (!author) r.fail("role");
  if (r.failed()) return r.error();
  c.author = *author;
  if (c.author == role::assistant)
    for (stored_call& call : calls_of(message)) c.calls.push_back(std::move(call.id));
  if (c.author == role::tool) {
    if (auto id = text_field(message, "tool_call_id")) c.answers.push_back(*std::move(id));
    if (const auto content = message.find("content"); content && content->is(json_type::array))
      for (const json_view part : content->elements())
        if (kind_of(part) == part_kind::tool_result)
          if (auto id = text_field(part, "tool_call_id")) c.answers.push_back(*std::move(id));
  }
  return c;
}

namespace {

// What goes into a window, or stays out of it, together.
struct block {
  std::vector<std::size_t> members; // the first is the block's place
  std::uint64_t tokens = 0;
  std::uint64_t messages = 0; // after shaping
  std::vector<std::string_view> unanswered;

  void add(const window_candidate& c, std::size_t index) {
    members.push_back(index);
    tokens += c.tokens;
    messages += std::max<std::size_t>(1, c.answers.size());
  }
};

// Finds the block whose open calls this tool message answers, all of them; npos = none.
std::size_t block_answered_by(const window_candidate& c, const std::map<std::string_view, std::size_t>& latest,
                              const std::vector<block>& blocks) {
  constexpr auto none = static_cast<std::size_t>(-1);
  std::size_t found = none;
  for (const std::string& id : c.answers) {
    const auto at = latest.find(id);
    if (at == latest.end() || (found != none && found != at->second)) return none;
    found = at->second;
    const auto& open = blocks[found].unanswered;
    if (std::find(open.begin(), open.end(), id) == open.end()) return none;
  }
  return found;
}

// Blocks in the order of their places; orphans are in none.
std::vector<block> form_blocks(const std::vector<window_candidate>& tail) {
  std::vector<block> blocks;
  blocks.reserve(tail.size());
  std::map<std::string_view, std::size_t> latest; // call id -> block of its latest call
  for (std::size_t i = 0; i < tail.size(); ++i) {
    const window_candidate& c = tail[i];
    if (c.author == role::system) continue;
    if (c.author == role::tool) {
      const std::size_t found = block_answered_by(c, latest, blocks);
      if (found >= blocks.size()) continue;
      blocks[found].add(c, i);
      for (const std::string& id : c.answers) std::erase(blocks[found].unanswered, id);
      continue;
    }
    block b;
    b.add(c, i);
    b.unanswered.assign(c.calls.begin(), c.calls.end());
    for (const std::string& id : c.calls) latest[id] = blocks.size();
    blocks.push_back(std::move(b));
  }
  return blocks;
}

} // namespace

window_choice choose_window(const std::vector<window_candidate>& system, const std::vector<window_candidate>& tail,
                            bool tail_is_complete, const window_budget& budget) {
  window_choice choice;
  choice.system_count = system.size();
  for (std::size_t i = 0; i < system.size(); ++i) {
    choice.chosen.push_back(i);
    choice.tokens += system[i].tokens;
  }
  std::uint64_t messages = system.size();
  const auto full = [&](std::uint64_t more_messages, std::uint64_t more_tokens) {
    return (budget.max_messages != 0 && messages + more_messages > budget.max_messages) ||
           (budget.max_tokens != 0 && choice.tokens + more_tokens > budget.max_tokens);
  };

  const std::vector<block> blocks = form_blocks(tail);
  std::size_t first = blocks.size(); // blocks from here on are in
  choice.reached_budget = full(1, 0);
  while (!choice.reached_budget && first > 0) {
    const block& b = blocks[first - 1];
    if (b.unanswered.empty()) {
      if (full(b.messages, b.tokens)) {
        choice.reached_budget = true;
        break;
      }
      messages += b.messages;
      choice.tokens += b.tokens;
    }
    --first;
    if (full(1, 0)) choice.reached_budget = true;
  }
  for (; first < blocks.size(); ++first)
    if (blocks[first].unanswered.empty())
      choice.chosen.insert(choice.chosen.end(), blocks[first].members.begin(), blocks[first].members.end());
  choice.complete = choice.reached_budget || tail_is_complete;
  return choice;
}

status_result append_shaped(std::string& out, std::string_view message_json, window_shape shape) {
  if (shape == window_shape::native) {
    out += message_json;
    return ok();
  }
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return error{errc::corrupt, "corrupt_record", "a stored message is not JSON: " + doc.error().detail, {}};
  if (shape == window_shape::openai) append_openai(out, doc->root(), openai_purpose::model);
  else append_langchain(out, doc->root());
  return ok();
}

} // namespace ropewalk::thread
