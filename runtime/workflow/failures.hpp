#pragma once
// Codes of errors that the runtime gives a run or an instance; retry.hpp has those that are always final.

#include <string_view>

#include "runtime/workflow/retry.hpp"

namespace ropewalk::workflow::code {

inline constexpr std::string_view attempt_timeout = "attempt_timeout";
inline constexpr std::string_view total_timeout = "total_timeout";
inline constexpr std::string_view start_timeout = "start_timeout";         // no worker said that it began
inline constexpr std::string_view heartbeat_timeout = "heartbeat_timeout"; // a worker fell silent
inline constexpr std::string_view bad_input = "bad_input";                 // a template gave what the kind cannot take
inline constexpr std::string_view bad_result = "bad_result";               // the state cannot take it where it belongs
inline constexpr std::string_view result_too_large = "result_too_large";
inline constexpr std::string_view state_too_large = "state_too_large";
inline constexpr std::string_view too_many_elements = "too_many_elements"; // of a map
inline constexpr std::string_view child_failed = "child_failed";
inline constexpr std::string_view child_cancelled = "child_cancelled";
inline constexpr std::string_view child_terminated = "child_terminated";
// Of the instance alone.
inline constexpr std::string_view timeout = "timeout";
inline constexpr std::string_view cancelled = "cancelled";
inline constexpr std::string_view terminated = "terminated";
inline constexpr std::string_view compensation_failed = "compensation_failed";

} // namespace ropewalk::workflow::code
