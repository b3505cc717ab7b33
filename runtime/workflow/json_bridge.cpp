#include "runtime/workflow/json_bridge.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "runtime/limits.hpp"
#include "runtime/thread/field_place.hpp"
#include "runtime/utf8.hpp"

namespace ropewalk::workflow {
namespace {

using thread::field_place;

json_value number_of(json_view view) {
  const std::string_view text = view.raw();
  const char* const end = text.data() + text.size();
  if (const auto n = view.integer()) return *n < 0 ? json_value(*n) : json_value(static_cast<std::uint64_t>(*n));
  std::uint64_t large = 0;
  if (const auto [at, failure] = std::from_chars(text.data(), end, large); failure == std::errc{} && at == end)
    return large;
  return view.number();
}

template <class Integer>
std::size_t digits(Integer n) noexcept {
  char buffer[24];
  return static_cast<std::size_t>(std::to_chars(buffer, buffer + sizeof buffer, n).ptr - buffer);
}

std::size_t quoted_bytes(std::string_view text) noexcept {
  std::size_t bytes = text.size() + 2;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '\b' || c == '\f' || c == '\n' || c == '\r' || c == '\t') bytes += 1;
    else if (static_cast<unsigned char>(c) < 0x20) bytes += 5;
  }
  return bytes;
}

void add_bytes(const json_value& v, std::size_t enough, std::size_t& sum) {
  switch (v.type()) {
  case json_value::value_t::null: sum += 4; return;
  case json_value::value_t::boolean: sum += v.get<bool>() ? 4 : 5; return;
  case json_value::value_t::string: sum += quoted_bytes(v.get_ref<const std::string&>()); return;
  case json_value::value_t::number_integer: sum += digits(v.get<std::int64_t>()); return;
  case json_value::value_t::number_unsigned: sum += digits(v.get<std::uint64_t>()); return;
  case json_value::value_t::array:
    sum += v.empty() ? 2 : 1 + v.size();
    for (const json_value& element : v) {
      if (sum > enough) return;
      add_bytes(element, enough, sum);
    }
    return;
  case json_value::value_t::object:
    sum += v.empty() ? 2 : 1 + 2 * v.size();
    for (const auto& [key, member] : v.get_ref<const json_value::object_t&>()) {
      if (sum > enough) return;
      sum += quoted_bytes(key);
      add_bytes(member, enough, sum);
    }
    return;
  default: sum += v.dump().size();
  }
}

std::optional<error> text_problem(const std::string& text, const field_place& place) {
  if (!is_utf8(text)) return place.broken("must be UTF-8");
  if (text.find('\0') != std::string::npos) return place.broken("must have no NUL character");
  return std::nullopt;
}

std::optional<error> problem(const json_value& v, const field_place& place, std::uint32_t depth_left) {
  switch (v.type()) {
  case json_value::value_t::string: return text_problem(v.get_ref<const std::string&>(), place);
  case json_value::value_t::number_float:
    if (!std::isfinite(v.get<double>())) return place.broken("must be a finite number");
    return std::nullopt;
  case json_value::value_t::array:
  case json_value::value_t::object: break;
  case json_value::value_t::binary:
  case json_value::value_t::discarded: return place.broken("must be a JSON value");
  default: return std::nullopt;
  }
  if (depth_left == 0) return place.broken("is nested more than " + std::to_string(limits::json_depth) + " deep");
  if (v.is_array()) {
    for (std::size_t i = 0; i < v.size(); ++i)
      if (auto e = problem(v[i], place.at(i), depth_left - 1)) return e;
    return std::nullopt;
  }
  for (const auto& [key, member] : v.get_ref<const json_value::object_t&>()) {
    if (text_problem(key, place)) return place.broken("has a name that is not UTF-8 without NUL");
    if (auto e = problem(member, place.at(key), depth_left - 1)) return e;
  }
  return std::nullopt;
}

} // namespace

std::string_view type_name(const json_value& value) noexcept {
  switch (value.type()) {
  case json_value::value_t::null: return "null";
  case json_value::value_t::boolean: return "a boolean";
  case json_value::value_t::string: return "a string";
  case json_value::value_t::array: return "an array";
  case json_value::value_t::object: return "an object";
  default: return value.is_number() ? "a number" : "no JSON";
  }
}

json_value to_json(json_view view) {
  switch (view.type()) {
  case json_type::null: return nullptr;
  case json_type::boolean: return view.boolean();
  case json_type::number: return number_of(view);
  case json_type::string: return view.string();
  case json_type::array: {
    json_value::array_t array;
    array.reserve(view.size());
    for (const json_view element : view.elements()) array.push_back(to_json(element));
    return array;
  }
  case json_type::object: {
    json_value::object_t object;
    for (const json_member m : view.members()) object.emplace(m.key, to_json(m.value));
    return object;
  }
  }
  return nullptr;
}

result<json_value> parse_json(std::string_view text, const json_limits& bounds) {
  const auto parsed = json_document::parse(text, bounds);
  if (!parsed) return parsed.error();
  return to_json(parsed->root());
}

std::size_t compact_bytes(const json_value& value, std::size_t enough) {
  std::size_t sum = 0;
  add_bytes(value, enough, sum);
  return sum;
}

bool deeper_than(const json_value& value, std::uint32_t depth) noexcept {
  if (!value.is_structured()) return false;
  if (depth == 0) return true;
  for (const json_value& inner : value)
    if (deeper_than(inner, depth - 1)) return true;
  return false;
}

status_result check_value(const json_value& value, std::size_t max_bytes, std::string_view path) {
  const field_place place{path};
  if (auto e = problem(value, place, limits::json_depth)) return std::move(*e);
  if (compact_bytes(value, max_bytes) > max_bytes) return place.over(max_bytes);
  return ok();
}

} // namespace ropewalk::workflow
