#include "runtime/workflow/state_changes.hpp"

#include <algorithm>
#include <string>

namespace ropewalk::workflow {
namespace {

std::string below(const std::string& path, std::string_view member) {
  std::string deeper = path + '/';
  for (const char c : member)
    if (c == '~') deeper += "~0";
    else if (c == '/') deeper += "~1";
    else deeper += c;
  return deeper;
}

void add(json_value& changes, const char* op, const std::string& path, const json_value* value,
         const json_value* before) {
  json_value change{{"op", op}, {"path", path}};
  if (value) change["value"] = *value;
  if (before) change["before"] = *before;
  changes.push_back(std::move(change));
}

void compare_values(json_value& changes, const std::string& path, const json_value& from, const json_value& to);

void compare_objects(json_value& changes, const std::string& path, const json_value& from, const json_value& to) {
  for (const auto& [member, value] : from.items()) {
    const auto there = to.find(member);
    if (there == to.end()) add(changes, "remove", below(path, member), nullptr, &value);
    else compare_values(changes, below(path, member), value, *there);
  }
  for (const auto& [member, value] : to.items())
    if (!from.contains(member)) add(changes, "add", below(path, member), &value, nullptr);
}

// By place; what is too much goes from the end, so that no path moves under a later change.
void compare_arrays(json_value& changes, const std::string& path, const json_value& from, const json_value& to) {
  const std::size_t both = std::min(from.size(), to.size());
  for (std::size_t i = 0; i < both; ++i) compare_values(changes, path + '/' + std::to_string(i), from[i], to[i]);
  for (std::size_t i = from.size(); i > both; --i)
    add(changes, "remove", path + '/' + std::to_string(i - 1), nullptr, &from[i - 1]);
  for (std::size_t i = both; i < to.size(); ++i) add(changes, "add", path + '/' + std::to_string(i), &to[i], nullptr);
}

void compare_values(json_value& changes, const std::string& path, const json_value& from, const json_value& to) {
  if (from == to) return; // so are 1 and 1.0
  if (from.is_object() && to.is_object()) return compare_objects(changes, path, from, to);
  if (from.is_array() && to.is_array()) return compare_arrays(changes, path, from, to);
  add(changes, "replace", path, &to, &from);
}

} // namespace

json_value state_changes(const json_value& from, const json_value& to) {
  json_value changes = json_value::array();
  compare_values(changes, "", from, to);
  return changes;
}

} // namespace ropewalk::workflow
