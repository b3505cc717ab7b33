#pragma once
// Places by name where a test can make this program die, stand still, fail or wait:
//
//   FAILPOINT("workflow.before_dispatch");
//
// Compiled in with ROPEWALK_FAILPOINTS alone; else nothing is left of them. Armed by the environment variable
// ROPEWALK_FAILPOINTS when the program starts, or by a node's `fault` verb:
//
//   NAME=ACTION[@N], separated by commas. ACTION: kill (SIGKILL to this process), stop (SIGSTOP to it; whoever armed it sends
//   SIGCONT), throw (std::runtime_error), or sleep:MILLISECONDS. @N: at the Nth time that the place is reached, once; without it every time.

#include <span>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk {

std::span<const std::string_view> failpoints() noexcept; // the names of all places

// Replaces all that is armed; "" disarms. invalid, field "points", for what is no such list, and for a place that the
// program does not have.
status_result arm_failpoints(std::string_view text);
void failpoint_reached(std::string_view name);

} // namespace ropewalk

#ifdef ROPEWALK_FAILPOINTS
inline constexpr bool ropewalk_has_failpoints = true;
#define FAILPOINT(name) ::ropewalk::failpoint_reached(name)
#else
inline constexpr bool ropewalk_has_failpoints = false;
#define FAILPOINT(name) static_cast<void>(0)
#endif
