#pragma once
// Whether and when another attempt follows one that failed. The pause is first * factor^(n - 1), at most
// `most`, without jitter: it is computed where the failure is recorded, and the same everywhere.
//
//   if (attempts_left(policy, attempt) && !is_final(policy, code)) retry_at = now + pause_us(policy,
//   attempt);

#include <cstdint>
#include <string_view>

#include "runtime/workflow/definition.hpp"

namespace ropewalk::workflow {

// Codes that the runtime gives itself, and that no further attempt would change.
namespace failure_code {
inline constexpr std::string_view missing_input = "missing_input";     // a template's pointer leads nowhere
inline constexpr std::string_view input_too_large = "input_too_large"; // what a template makes
inline constexpr std::string_view too_many_phases = "too_many_phases"; // limits::phase_runs
inline constexpr std::string_view too_deep = "too_deep";               // limits::child_depth
inline constexpr std::string_view deadline = "deadline";               // a wait's, without on_deadline
} // namespace failure_code

// Microseconds between the failure of attempt n (from 1) and the next attempt.
std::int64_t pause_us(const retry_policy& policy, std::uint32_t attempt) noexcept;
// Whether the policy allows another one after attempt n.
bool attempts_left(const retry_policy& policy, std::uint32_t attempt) noexcept;
// Whether an error of that code ends the attempts: listed in the policy, or missing_input, input_too_large,
// too_many_phases, too_deep.
bool is_final(const retry_policy& policy, std::string_view code) noexcept;

} // namespace ropewalk::workflow
