#include "runtime/workflow/merge_patch.hpp"

#include <string>

#include "runtime/workflow/json_pointer.hpp"

namespace ropewalk::workflow {
namespace {

error cannot_hold(std::string_view pointer, std::string_view rest, std::string rule) {
  return {errc::conflict, {}, std::move(rule), std::string(pointer.substr(0, pointer.size() - rest.size()))};
}

} // namespace

void merge_patch(json_value& target, json_value patch) {
  if (!patch.is_object()) {
    target = std::move(patch);
    return;
  }
  if (!target.is_object()) target = json_value::object();
  for (auto& [name, value] : patch.get_ref<json_value::object_t&>()) {
    if (value.is_null()) target.erase(name);
    else merge_patch(target[name], std::move(value));
  }
}

status_result put_at(json_value& target, std::string_view pointer, json_value value) {
  json_value* at = &target;
  std::string_view rest = pointer;
  while (!rest.empty()) {
    const std::string_view here = rest;
    const std::string token = next_token(rest);
    if (at->is_null()) *at = json_value::object();
    if (at->is_object()) {
      at = &(*at)[token];
      continue;
    }
    if (!at->is_array())
      return cannot_hold(pointer, here, "is " + std::string(type_name(*at)) + " and cannot hold \"" + token + '"');
    const auto index = token == "-" ? at->size() : array_index(token);
    if (!index || *index > at->size())
      return cannot_hold(pointer, here,
                         "has " + std::to_string(at->size()) + " elements and cannot take \"" + token + '"');
    if (*index == at->size()) at->push_back(nullptr);
    at = &(*at)[*index];
  }
  *at = std::move(value);
  return ok();
}

} // namespace ropewalk::workflow
