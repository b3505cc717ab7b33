#pragma once
// How a result changes the state.
//
//   merge_patch(state, {{"design", {{"draft", nullptr}}}});   // takes /design/draft away, leaves the rest
//   put_at(state, "/results/0", value);

#include <string_view>

#include "runtime/result.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

// RFC 7386: objects are merged member by member, null takes a member away, anything else replaces.
void merge_patch(json_value& target, json_value patch);

// Puts the value where the pointer says. Missing parents (null counts as missing) become objects; an array
// takes an index that it has, or one behind its last ("-" as well). Error: conflict, with the pointer's part
// that cannot hold anything as field; the target is as before then.
status_result put_at(json_value& target, std::string_view pointer, json_value value);

} // namespace ropewalk::workflow
