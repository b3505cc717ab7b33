#include "runtime/workflow/document_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/limits.hpp"
#include "runtime/utf8.hpp"
#include "runtime/workflow/duration_text.hpp"
#include "runtime/workflow/json_pointer.hpp"

namespace ropewalk::workflow {
namespace {

std::string shown(double number) {
  std::array<char, 32> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr};
}

} // namespace

bool is_identifier(std::string_view text, std::size_t most_bytes) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= most_bytes && std::all_of(text.begin(), text.end(), allowed);
}

std::string identifier_rule(std::size_t most_bytes) {
  return "1 to " + std::to_string(most_bytes) + " characters of A-Z a-z 0-9 _ -";
}

std::optional<document_value> document_value::find(std::string_view field) const {
  if (!value_.is_object()) return std::nullopt;
  const auto found = value_.find(field);
  if (found == value_.end()) return std::nullopt;
  return member(field, *found);
}

std::optional<document_value> document_value::require(std::string_view field) const {
  auto found = find(field);
  if (!found && value_.is_object()) refused_.add(place_.at(field).missing());
  return found;
}

document_value document_value::element(std::size_t index) const { return {value_[index], place_.at(index), refused_}; }

document_value document_value::member(std::string_view field, const json_value& value) const {
  return {value, place_.at(field), refused_};
}

bool document_value::is_object() const {
  if (!value_.is_object()) wrong_type("an object");
  return value_.is_object();
}

bool document_value::is_array(std::size_t least, std::size_t most, std::string_view of) const {
  if (!value_.is_array()) {
    wrong_type("an array");
    return false;
  }
  const bool fits = value_.size() >= least && value_.size() <= most;
  if (!fits) refuse("must have " + std::to_string(least) + " to " + std::to_string(most) + ' ' + std::string(of));
  return fits;
}

void document_value::has_only(std::string_view what, std::span<const std::string_view> known,
                              std::span<const std::string_view> also) const {
  if (!is_object()) return;
  for (const auto& given : value_.get_ref<const json_value::object_t&>()) {
    const std::string& name = given.first; // clang 14 captures no structured bindings
    const auto lists = [&name](std::span<const std::string_view> names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (lists(known) || lists(also)) continue;
    if (name.size() > limits::definition_name_bytes)
      return refuse("has a field that is not one of " + std::string(what) + ", with a name of " +
                    std::to_string(name.size()) + " bytes");
    return member(name, given.second).refuse("is not a field of " + std::string(what));
  }
}

const std::string* document_value::string() const {
  if (value_.is_string()) return &value_.get_ref<const std::string&>();
  wrong_type("a string");
  return nullptr;
}

void document_value::wrong_type(std::string_view wanted) const {
  refuse("must be " + std::string(wanted) + ", not " + std::string(type_name(value_)));
}

std::string document_value::text(std::size_t most_bytes) const {
  const std::string* s = string();
  if (!s) return {};
  if (s->size() > most_bytes) {
    refuse("must be at most " + std::to_string(most_bytes) + " bytes");
    return {};
  }
  return *s;
}

std::string document_value::line(std::size_t most_bytes) const {
  std::string s = text(most_bytes);
  if (s.empty()) refuse("must not be empty");
  if (has_control_characters(s)) refuse("must have no control characters");
  return s;
}

std::string document_value::identifier(std::size_t most_bytes) const {
  const std::string* s = string();
  if (!s) return {};
  if (is_identifier(*s, most_bytes)) return *s;
  refuse("must be " + identifier_rule(most_bytes));
  return {};
}

std::size_t document_value::one_of(std::initializer_list<std::string_view> words) const {
  const std::string* s = string();
  if (!s) return 0;
  const auto found = std::find(words.begin(), words.end(), *s);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string all;
  for (const std::string_view word : words) {
    if (!all.empty()) all += ", ";
    all += '"';
    all += word;
    all += '"';
  }
  refuse("must be one of " + all);
  return 0;
}

std::int64_t document_value::whole(std::int64_t least, std::int64_t most) const {
  const bool fits = value_.is_number_unsigned() ? std::cmp_greater_equal(value_.get<std::uint64_t>(), least) &&
                                                      std::cmp_less_equal(value_.get<std::uint64_t>(), most)
                                                : value_.is_number_integer() && value_.get<std::int64_t>() >= least &&
                                                      value_.get<std::int64_t>() <= most;
  if (fits) return value_.get<std::int64_t>();
  refuse("must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

double document_value::number(double least, double most) const {
  if (value_.is_number())
    if (const double n = value_.get<double>(); n >= least && n <= most) return n;
  refuse("must be a number from " + shown(least) + " to " + shown(most));
  return least;
}

bool document_value::boolean() const {
  if (!value_.is_boolean()) wrong_type("a boolean");
  return value_.is_boolean() && value_.get<bool>();
}

std::int64_t document_value::duration_us() const {
  const std::string* s = string();
  if (!s) return 0;
  const auto us = parse_duration(*s, {});
  if (us) return *us;
  refuse(us.error().detail);
  return 0;
}

std::string document_value::json_pointer() const {
  std::string s = text(limits::json_pointer_bytes);
  if (!is_json_pointer(s))
    refuse("must be a JSON pointer such as \"/design/files/0\", with ~1 for a slash and ~0 for a tilde in a "
           "name");
  return s;
}

} // namespace ropewalk::workflow
