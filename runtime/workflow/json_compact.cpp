#include "runtime/workflow/json_compact.hpp"

#include <charconv>
#include <utility>

#include "runtime/json_writer.hpp"

namespace ropewalk::workflow {
namespace {

template <class Integer>
void append_integer(std::string& out, Integer n) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

void append_compact(std::string& out, const json_value& v) {
  using type = json_value::value_t;
  switch (v.type()) {
  case type::null: out += "null"; return;
  case type::boolean: out += v.get<bool>() ? "true" : "false"; return;
  case type::string: return append_json_string(out, v.get_ref<const std::string&>());
  case type::number_integer: return append_integer(out, v.get<std::int64_t>());
  case type::number_unsigned: return append_integer(out, v.get<std::uint64_t>());
  case type::array: {
    char before = '[';
    for (const json_value& element : v) {
      out.push_back(std::exchange(before, ','));
      append_compact(out, element);
    }
    out += before == '[' ? "[]" : "]";
    return;
  }
  case type::object: {
    char before = '{';
    for (const auto& [key, member] : v.get_ref<const json_value::object_t&>()) {
      out.push_back(std::exchange(before, ','));
      append_json_string(out, key);
      out.push_back(':');
      append_compact(out, member);
    }
    out += before == '{' ? "{}" : "}";
    return;
  }
  default: out += v.dump(); // numbers with a fraction
  }
}

} // namespace

std::string compact_text(const json_value& value, std::size_t expected) {
  std::string text;
  text.reserve(expected);
  append_compact(text, value);
  return text;
}

} // namespace ropewalk::workflow
