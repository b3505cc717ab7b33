#include "runtime/workflow/graph_labels.hpp"

#include "runtime/utf8.hpp"
#include "runtime/workflow/condition.hpp"
#include "runtime/workflow/duration_text.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::size_t most_characters = 100;

// Text as it is, a reference to the state as its pointer, all else as JSON.
std::string template_label(const json_value& v) {
  if (v.is_string()) return one_line(v.get_ref<const std::string&>());
  if (v.is_object() && v.contains("$")) return one_line(v.at("$").get_ref<const std::string&>());
  return one_line(v.dump());
}

std::string count_label(join joined, std::size_t count) {
  return (joined == join::all ? "all of " : "the first of ") + std::to_string(count);
}

} // namespace

std::string one_line(std::string_view text) {
  std::string line;
  std::size_t characters = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (++characters > most_characters) return line + "...";
    const std::size_t bytes = utf8_character_bytes(at, end);
    const std::string_view character(at, bytes == 0 ? 1 : bytes);
    at += character.size();
    if (bytes == 0) {
      line += '?';
    } else if (character == "\n" || character == "\t" || character == "\r") {
      line += ' ';
    } else if (has_control_characters(character)) {
      constexpr std::string_view digits = "0123456789abcdef";
      const auto last = static_cast<unsigned char>(character.back());
      line += "\\u00";
      line += digits[last >> 4];
      line += digits[last & 15];
    } else {
      line += character;
    }
  }
  return line;
}

std::string title_label(const definition& d) {
  std::string label = d.name;
  if (d.version != 0) label += " version " + std::to_string(d.version);
  if (d.timeout_us) label += ", at most " + print_duration(*d.timeout_us);
  return label;
}

std::string work_label(const work& w) {
  if (w.kind == phase_kind::thread) return "thread " + template_label(w.thread);
  std::string label = std::string(name(w.kind)) + ' ' + w.target;
  for (const std::string& argument : w.arguments) label += ' ' + argument;
  return one_line(label);
}

std::string phase_label(const phase& p) {
  switch (p.does.kind) {
  case phase_kind::wait: {
    std::string label = "wait for signal " + p.does.target;
    if (p.deadline_us)
      label +=
          ", after " + print_duration(*p.deadline_us) + ": " + (p.on_deadline ? goal_label(*p.on_deadline) : "fail");
    return label;
  }
  case phase_kind::sleep:
    return p.for_us ? "sleep " + print_duration(*p.for_us) : "sleep until " + template_label(*p.until);
  case phase_kind::workflow: {
    std::string label = work_label(p.does);
    return p.child_version ? label + " version " + std::to_string(*p.child_version) : label;
  }
  case phase_kind::parallel: return "parallel, " + count_label(p.joined, p.branches.size());
  case phase_kind::map:
    return (p.joined == join::all ? "each of " : "the first of ") + one_line(p.over) + ", " +
           std::to_string(p.concurrency) + " at a time";
  default: return work_label(p.does);
  }
}

std::string condition_label(const condition& c) { return one_line(condition_text(c)); }

std::string goal_label(const std::string& to) { return to.empty() ? "end" : to; }

} // namespace ropewalk::workflow
