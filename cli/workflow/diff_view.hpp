#pragma once
// Two states compared, for people: lines that begin with - and +.
//
//   --- order-7 version 7, running
//   +++ order-7 version 9, running
//   - /budget 1000
//   + /budget 500
//   + /design {"title":"A planner of trips"}

#include <string>

#include "cli/output.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

// reply: of the verb `diff`. Lines are cut to the terminal's width, unless the style is wide.
std::string diff_text(json_view reply, const output_style& style);

} // namespace ropewalk::cli
