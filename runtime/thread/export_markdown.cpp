#include "runtime/thread/export_markdown.hpp"

#include <algorithm>
#include <string_view>

#include "runtime/thread/shape_parts.hpp"

namespace ropewalk::thread {

namespace {

// One line without any markup of its own.
std::string escaped_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>#!|~&$^").find(c) != std::string_view::npos) out += '\\';
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

// A line's end and what follows it; CommonMark ends lines with LF, CR or both.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(text.substr(end, 2) == "\r\n" ? end + 2 : std::min(end + 1, text.size()));
  return line;
}

// Follows the message's own fenced code, whose "<" should stay as they are. Exact only for fences at the
// line's very start with a plain info string; a text with any other run of three marks is not followed at all,
// for a fence wrongly taken for open would let HTML behind it through.
class fence_state {
public:
  explicit fence_state(std::string_view text) {
    while (followed_ && !text.empty()) {
      const std::string_view line = take_line(text);
      const auto marks = std::min(line.find("```"), line.find("~~~"));
      if (marks == std::string_view::npos) continue;
      const std::string_view info = line.substr(std::min(line.find_first_not_of(line[marks]), line.size()));
      followed_ = marks == 0 && info.find_first_of("`~ \t") == std::string_view::npos;
    }
  }

  // Whether the line is code, or a fence around it.
  bool take(std::string_view line) {
    if (!followed_) return false;
    const bool fence = line.starts_with("```") || line.starts_with("~~~");
    if (!fence) return open_run_ > 0;
    const auto run = std::min(line.find_first_not_of(line[0]), line.size());
    if (open_run_ == 0) {
      mark_ = line[0];
      open_run_ = run;
    } else if (line[0] == mark_ && run >= open_run_ && run == line.size()) {
      open_run_ = 0;
    }
    return true;
  }

private:
  bool followed_ = true;
  char mark_ = '`';
  std::size_t open_run_ = 0;
};

bool starts_tag(char c) noexcept {
  return c == '/' || c == '!' || c == '?' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void append_without_html(std::string& out, std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool tag = line[i] == '<' && i + 1 < line.size() && starts_tag(line[i + 1]);
    out += tag ? std::string_view("&lt;") : line.substr(i, 1);
  }
}

void append_quotation(std::string& out, std::string_view text) {
  fence_state fence{text};
  do {
    const std::string_view line = take_line(text);
    out += line.empty() ? ">" : "> ";
    if (fence.take(line)) out += line;
    else append_without_html(out, line);
    out += '\n';
  } while (!text.empty());
  out += '\n';
}

void append_fenced(std::string& out, std::string_view text, std::string_view language) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  out += fence;
  out += language;
  out += '\n';
  out += text;
  out += '\n' + fence + "\n\n";
}

void append_part(std::string& out, json_view part) {
  switch (kind_of(part)) {
  case part_kind::tool_call: return; // shown with the tool calls
  case part_kind::text: return append_quotation(out, part_as_text(part));
  case part_kind::tool_result: {
    const auto failed = part.find("is_error");
    out += failed && failed->is(json_type::boolean) && failed->boolean() ? "error of " : "result of ";
    out += escaped_line(text_field(part, "tool_call_id").value_or("")) + "\n\n";
    return append_quotation(out, part_as_text(part));
  }
  case part_kind::image:
  case part_kind::image_url:
  case part_kind::file:
  case part_kind::other: out += escaped_line(part_as_text(part)) + "\n\n"; return;
  }
}

void append_item(std::string& out, std::string_view label, const std::optional<std::string>& text) {
  if (text) out += "- " + std::string(label) + ": " + escaped_line(*text) + '\n';
}

} // namespace

void append_markdown_header(std::string& out, json_view thread) {
  const auto id = text_field(thread, "id");
  out += "# " + escaped_line(text_field(thread, "name").value_or(id.value_or("thread"))) + "\n\n";
  append_item(out, "thread", id);
  for (const std::string_view field : {"org", "user", "agent", "status"})
    append_item(out, field, text_field(thread, field));
  if (const auto tags = thread.find("tags"); tags && tags->is(json_type::array) && tags->size() > 0) {
    std::string list;
    for (const json_view tag : tags->elements())
      if (tag.is(json_type::string)) list += (list.empty() ? "" : ", ") + tag.string();
    append_item(out, "tags", list);
  }
  append_item(out, "created", text_field(thread, "created_at"));
  append_item(out, "updated", text_field(thread, "updated_at"));
  out += '\n';
}

void append_markdown_message(std::string& out, json_view message) {
  out += "## ";
  if (const auto seq = message.find("seq")) out += escaped_line(seq->compact());
  for (const std::string_view field : {"role", "sender", "name", "created_at"})
    if (const auto text = text_field(message, field)) out += " · " + escaped_line(*text);
  out += "\n\n";
  if (const auto answered = text_field(message, "tool_call_id")) out += "result of " + escaped_line(*answered) + "\n\n";
  if (const auto content = message.find("content")) {
    if (content->is(json_type::string)) append_quotation(out, content->string());
    if (content->is(json_type::array))
      for (const json_view part : content->elements()) append_part(out, part);
  }
  for (const stored_call& call : calls_of(message)) {
    out += "tool call " + escaped_line(call.name) + " (" + escaped_line(call.id) + ")\n\n";
    append_fenced(out, call.arguments, "json");
  }
}

} // namespace ropewalk::thread
