#pragma once
// What a YAML scalar without quotes means (YAML 1.2, core schema), as JSON.

#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::cli {

// "true", "1.5", "\"a text\"". Error: invalid with the rule as its detail.
result<std::string> plain_scalar_json(std::string_view text);

} // namespace ropewalk::cli
