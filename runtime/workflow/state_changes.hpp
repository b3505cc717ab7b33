#pragma once
// What differs between two states: a JSON patch (RFC 6902) of "add", "remove" and "replace" from the one to the other,
// each with what was there before.

#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

// [{"op","path","value"?,"before"?}, …]; empty where they are equal.
json_value state_changes(const json_value& from, const json_value& to);

} // namespace ropewalk::workflow
