#include "runtime/workflow/condition.hpp"

#include <algorithm>
#include <array>
#include <compare>

#include "runtime/limits.hpp"
#include "runtime/workflow/json_pointer.hpp"

namespace ropewalk::workflow {
namespace {

constexpr std::array<std::string_view, 3> joined = {"all", "any", "none"};
constexpr std::array<std::string_view, 6> tests = {"is", "not", "in", "above", "below", "exists"};

// The member that is one of the words; nullopt unless exactly one is.
template <std::size_t N>
std::optional<std::string_view> only_one(const json_value& object, const std::array<std::string_view, N>& words) {
  std::optional<std::string_view> found;
  for (const std::string_view word : words) {
    if (!object.contains(word)) continue;
    if (found) return std::nullopt;
    found = word;
  }
  return found;
}

std::partial_ordering compare_numbers(const json_value& a, const json_value& b) {
  // 64 bits of mantissa at least, so both kinds of integers and double fit without rounding.
  static_assert(std::numeric_limits<long double>::digits >= 64);
  const auto exact = [](const json_value& v) -> long double {
    if (v.is_number_unsigned()) return static_cast<long double>(v.get<std::uint64_t>());
    if (v.is_number_integer()) return static_cast<long double>(v.get<std::int64_t>());
    return v.get<double>();
  };
  return exact(a) <=> exact(b);
}

// nlohmann's == takes 2^64 - 1 for -1.
bool same(const json_value& a, const json_value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.type() != b.type()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
  if (a.is_object()) {
    const auto& left = a.get_ref<const json_value::object_t&>();
    const auto& right = b.get_ref<const json_value::object_t&>();
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
  }
  return a == b;
}

void check_comparison(const document_value& document) {
  const auto test = only_one(document.json(), tests);
  if (!test) return document.refuse("must have one of is, not, in, above, below, exists beside \"at\"");
  constexpr std::array<std::string_view, 1> at = {"at"};
  document.has_only("a condition with \"at\"", at, {&*test, 1});
  document.find("at")->json_pointer();
  const document_value operand = *document.find(*test);
  if (*test == "in") operand.is_array(1, limits::json_values, "values");
  if (*test == "exists") operand.boolean();
  if ((*test == "above" || *test == "below") && !operand.json().is_number())
    operand.refuse("must be a number, not " + std::string(type_name(operand.json())));
}

void check_nested(const document_value& document, std::uint32_t depth) {
  if (!document.is_object()) return;
  if (depth > limits::condition_depth)
    return document.refuse("is nested more than " + std::to_string(limits::condition_depth) + " deep");
  if (document.json().contains("at")) return check_comparison(document);
  const auto join = only_one(document.json(), joined);
  if (!join) return document.refuse("must be a condition: have one of at, all, any, none");
  document.has_only("a condition with \"" + std::string(*join) + '"', {&*join, 1});
  const document_value list = *document.find(*join);
  if (!list.is_array(1, limits::json_values, "conditions")) return;
  for (std::size_t i = 0; i < list.json().size(); ++i) check_nested(list.element(i), depth + 1);
}

bool compare(const json_value& c, const json_value* found) {
  if (const auto exists = c.find("exists"); exists != c.end()) return exists->get<bool>() == (found != nullptr);
  if (const auto other = c.find("not"); other != c.end()) return !found || !same(*found, *other);
  if (!found) return false;
  if (const auto value = c.find("is"); value != c.end()) return same(*found, *value);
  if (const auto values = c.find("in"); values != c.end())
    return std::any_of(values->begin(), values->end(), [&](const json_value& v) { return same(*found, v); });
  if (!found->is_number()) return false;
  if (const auto bound = c.find("above"); bound != c.end()) return compare_numbers(*found, *bound) > 0;
  return compare_numbers(*found, c.at("below")) < 0;
}

bool holds(const json_value& c, const json_value& state) {
  if (const auto at = c.find("at"); at != c.end()) return compare(c, find_at(state, at->get_ref<const std::string&>()));
  const auto inner_holds = [&](const json_value& inner) { return holds(inner, state); };
  if (const auto all = c.find("all"); all != c.end()) return std::all_of(all->begin(), all->end(), inner_holds);
  if (const auto any = c.find("any"); any != c.end()) return std::any_of(any->begin(), any->end(), inner_holds);
  const json_value& none = c.at("none");
  return std::none_of(none.begin(), none.end(), inner_holds);
}

std::string joined_text(const json_value& list, std::string_view word);

std::string text_of(const json_value& c) {
  const auto join = only_one(c, joined);
  if (join == "all") return joined_text(c.at("all"), " and ");
  if (join == "any") return joined_text(c.at("any"), " or ");
  if (join == "none") return "not (" + joined_text(c.at("none"), " or ") + ')';
  const std::string at = c.at("at").get<std::string>();
  std::string text = at.empty() ? "the state" : at;
  const std::string_view test = *only_one(c, tests);
  if (test == "exists") return text + (c.at("exists").get<bool>() ? " exists" : " is missing");
  text += test == "not" ? " is not " : ' ' + std::string(test) + ' ';
  return text + c.at(test).dump();
}

std::string joined_text(const json_value& list, std::string_view word) {
  std::string text;
  for (const json_value& c : list) {
    if (!text.empty()) text += word;
    const bool compound = (c.contains("all") || c.contains("any")) && list.size() > 1;
    text += compound ? '(' + text_of(c) + ')' : text_of(c);
  }
  return text;
}

} // namespace

void check_condition(const document_value& document) { check_nested(document, 1); }

bool judge(const condition& c, const json_value& state) { return holds(c.document, state); }

std::string condition_text(const condition& c) { return text_of(c.document); }

} // namespace ropewalk::workflow
