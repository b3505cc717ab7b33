#pragma once
// Conditions on the state: {"at": "/score", "above": 3}, {"all": [...]}, {"any": [...]}, {"none": [...]}.
// Numbers compare by value, whether integer or not; above and below hold for numbers alone. Of a value that
// is missing only "exists": false and "not" hold.

#include <string>

#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::workflow {

// Refuses what breaks a rule: one of at, all, any, none; beside "at" one of is, not, in, above, below,
// exists; lists not empty; limits::condition_depth.
void check_condition(const document_value& document);

// The condition must have been checked.
bool judge(const condition& c, const json_value& state);

// For people: `/score above 3 and not (/name is "x")`. Values as JSON.
std::string condition_text(const condition& c);

} // namespace ropewalk::workflow
