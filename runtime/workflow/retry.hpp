#pragma once
// Whether and when another attempt follows one that failed. The pause is first * factor^(n - 1), at most
// `most`, without jitter: it is computed where the failure is recorded, and the same everywhere.
//
// What a parallel or a map holds is under its policy as well: when a phase's own attempts are used up, each further one of
// the policy around it allows as many again. So attempts multiply, the number of those that were made says under which policy
// the next one falls, and nothing else has to be recorded.
//
//   if (const auto pause = pause_after({&own, &around}, attempt, code)) retry_at = now + *pause;

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

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
// Policies from the phase's own outwards; pointers to what a definition holds.
using policies = std::vector<const retry_policy*>;
// Microseconds until the next attempt after attempt n; nullopt if there is none. An error that is final for one of the
// policies that it comes to is so for those around it.
std::optional<std::int64_t> pause_after(const policies& all, std::uint32_t attempt, std::string_view code) noexcept;
// 0 = without end.
std::uint64_t attempts_in_all(const policies& all) noexcept;
// Whether an error of that code ends the attempts: listed in the policy, or missing_input, input_too_large,
// too_many_phases, too_deep.
bool is_final(const retry_policy& policy, std::string_view code) noexcept;

} // namespace ropewalk::workflow
