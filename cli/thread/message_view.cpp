#include "cli/thread/message_view.hpp"

#include <fmt/format.h>

#include "cli/duration_text.hpp"
#include "cli/reply_fields.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {
namespace {

std::string call_text(std::string_view name, json_view arguments) {
  return fmt::format("→ {}({})", name, arguments.is(json_type::string) ? arguments.string() : arguments.compact());
}

std::string part_text(json_view part) {
  const std::string type = text_of(part, "type");
  if (type == "text") return text_of(part, "text");
  if (type == "tool_call") {
    const auto arguments = part.find("arguments");
    return arguments ? call_text(text_of(part, "name"), *arguments) : "→ " + text_of(part, "name") + "()";
  }
  if (type == "tool_result")
    if (const auto content = part.find("content"))
      return content->is(json_type::string) ? content->string() : content->compact();
  const std::string what = text_of(part, "name").empty() ? text_of(part, "url") : text_of(part, "name");
  return what.empty() ? "[" + type + "]" : "[" + type + " " + what + "]";
}

void add(std::string& all, const std::string& one) { all += (all.empty() || one.empty() ? "" : "\n") + one; }

} // namespace

std::string message_text(json_view message) {
  std::string all;
  if (const auto content = message.find("content")) {
    if (content->is(json_type::string)) all = content->string();
    else if (content->is(json_type::array))
      for (const json_view part : content->elements()) add(all, part_text(part));
  }
  if (const auto calls = message.find("tool_calls"); calls && calls->is(json_type::array))
    for (const json_view call : calls->elements()) {
      const auto function = call.find("function"); // OpenAI's shape; LangChain's has name and args beside each other
      const auto arguments = function ? function->find("arguments") : call.find("args");
      const std::string name = text_of(function ? *function : call, "name");
      add(all, arguments ? call_text(name, *arguments) : "→ " + name + "()");
    }
  return all;
}

colour colour_of_role(std::string_view role) {
  if (role == "user" || role == "human") return colour::cyan;
  if (role == "assistant" || role == "ai") return colour::green;
  if (role == "system") return colour::magenta;
  return colour::yellow;
}

const std::vector<column>& message_columns() {
  // Fixed widths: pages and followed messages are printed one after the other.
  static const std::vector<column> columns{
      {.title = "SEQ", .right = true, .least = 5},
      {.title = "ID", .wide_only = true, .least = 36},
      {.title = "CREATED", .least = 19},
      {.title = "ROLE", .least = 9},
      {.title = "FROM", .least = 8},
      {.title = "TOKENS", .right = true, .wide_only = true, .least = 6},
      {.title = "REV", .right = true, .wide_only = true, .least = 3},
      {.title = "CONTENT", .stretch = true},
  };
  return columns;
}

row message_row(json_view m) {
  const std::string role = text_of(m, "role"), sender = text_of(m, "sender");
  return {{std::to_string(number_of(m, "seq")), colour::dim},  {text_of(m, "id")},
          {short_time(text_of(m, "created_at")), colour::dim}, {role, colour_of_role(role)},
          {sender.empty() ? text_of(m, "name") : sender},      {std::to_string(number_of(m, "tokens"))},
          {std::to_string(number_of(m, "revision"))},          {message_text(m)}};
}

const std::vector<column>& shaped_columns() {
  static const std::vector<column> columns{{.title = "ROLE"}, {.title = "CONTENT", .stretch = true}};
  return columns;
}

row shaped_row(json_view m) {
  std::string role = text_of(m, "role");
  if (role.empty()) role = text_of(m, "type");
  return {{role, colour_of_role(role)}, {message_text(m)}};
}

} // namespace ropewalk::cli
