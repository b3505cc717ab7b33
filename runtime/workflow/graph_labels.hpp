#pragma once
// What the two drawings of a definition say about a phase, in words. All texts are one line without control
// characters; long ones are cut.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/definition.hpp"

namespace ropewalk::workflow {

// Control characters as \u001b, white space as a blank, at most 100 characters, then "...".
std::string one_line(std::string_view text);
std::string title_label(const definition& d);    // "agent-creation version 3, at most 2h"
std::string work_label(const work& w);           // "agent agents.design"
std::string phase_label(const phase& p);         // "wait for signal approved", "parallel, all of 2"
std::string condition_label(const condition& c); // "/score above 7"
std::string goal_label(const std::string& to);   // "design", "end"

} // namespace ropewalk::workflow
