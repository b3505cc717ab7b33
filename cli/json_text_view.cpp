#include "cli/json_text_view.hpp"

#include <algorithm>
#include <array>

#include "cli/terminal_text.hpp"
#include "runtime/json_writer.hpp"

// The depth of what is written here is bounded where it was read (json_limits::max_depth), so recursion is.

namespace ropewalk::cli {
namespace {

void indent(std::string& out, unsigned level) { out.append(std::size_t{2} * level, ' '); }

void add_indented(std::string& out, json_view value, unsigned level) {
  const bool object = value.is(json_type::object);
  if ((!object && !value.is(json_type::array)) || value.size() == 0) {
    value.append_compact(out);
    return;
  }
  out += object ? "{\n" : "[\n";
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ",\n";
    first = false;
    indent(out, level + 1);
  };
  if (object)
    for (const json_member m : value.members()) {
      separate();
      append_json_string(out, m.key);
      out += ": ";
      add_indented(out, m.value, level + 1);
    }
  else
    for (const json_view element : value.elements()) {
      separate();
      add_indented(out, element, level + 1);
    }
  out += '\n';
  indent(out, level);
  out += object ? '}' : ']';
}

// A plain YAML scalar that no reader takes for anything but this string.
bool is_plain_yaml(std::string_view text) {
  constexpr std::array<std::string_view, 9> reserved{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || !letter(text.front()) || text.back() == ' ') return false;
  std::string lower;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '/' && c != ' ') return false;
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return std::find(reserved.begin(), reserved.end(), lower) == reserved.end();
}

void add_yaml_string(std::string& out, std::string_view text) {
  if (is_plain_yaml(text)) out += text;
  else append_json_string(out, text); // a JSON string is a YAML double-quoted scalar
}

void add_yaml(std::string& out, json_view value, unsigned level, bool in_line) {
  const bool object = value.is(json_type::object);
  if (value.is(json_type::string)) {
    if (in_line) out += ' ';
    add_yaml_string(out, value.string());
    out += '\n';
    return;
  }
  if ((!object && !value.is(json_type::array)) || value.size() == 0) {
    if (in_line) out += ' ';
    value.append_compact(out);
    out += '\n';
    return;
  }
  // Behind "- " a mapping's first key stands in the same line; behind "key:" everything begins a new one.
  if (in_line) out += '\n';
  bool first = !in_line;
  const auto begin_line = [&] {
    if (!first) indent(out, level);
    first = false;
  };
  if (object)
    for (const json_member m : value.members()) {
      begin_line();
      add_yaml_string(out, m.key);
      out += ':';
      add_yaml(out, m.value, level + 1, true);
    }
  else
    for (const json_view element : value.elements()) {
      begin_line();
      out += "- ";
      add_yaml(out, element, level + 1, false);
    }
}

} // namespace

std::string indented_json(json_view value) {
  std::string out;
  add_indented(out, value, 0);
  return harmless_json(out);
}

std::string yaml_text(json_view value) {
  std::string out;
  add_yaml(out, value, 0, false);
  return harmless_json(out);
}

} // namespace ropewalk::cli
