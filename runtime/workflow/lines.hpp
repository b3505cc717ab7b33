#pragma once
// Where the lines of an instance stand, and what they may do next. Reading only: the machine decides, the
// fold moves.

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/workflow/retry.hpp"
#include "runtime/workflow/state.hpp"

namespace ropewalk::workflow {

const run* find_run(const instance& s, std::uint64_t number) noexcept;
const line* find_line(const instance& s, std::uint64_t number) noexcept;

// The phase of a run; the definition has it (fits() saw to that).
const phase& phase_of(const instance& s, const run& r);
// What a run asks for: its phase's work, or the phase's compensation.
const work& work_of(const instance& s, const run& r);

inline bool is_worker(phase_kind k) noexcept {
  return k == phase_kind::agent || k == phase_kind::task || k == phase_kind::local || k == phase_kind::exec;
}
inline bool gathers_lines(phase_kind k) noexcept { return k == phase_kind::parallel || k == phase_kind::map; }
// Somebody else holds it: a worker, a thread or a child.
inline bool is_outside(phase_kind k) noexcept {
  return is_worker(k) || k == phase_kind::thread || k == phase_kind::workflow;
}

// The first phase of a line's list; nullptr if the list is empty.
const phase* first_of(const instance& s, const line& l);
// The phase after a run that completed or was skipped; nullptr at the end of the list.
const phase* next_of(const instance& s, const run& r);

// Whether what fails in a parallel or a map is tried again by itself, under its policy too. A map whose first element
// counts takes up the others instead, and begins anew once all of them have failed: none of them has completed then.
bool retries_inside(const phase& p) noexcept;
// The policies that the run is under.
policies policies_of(const instance& s, const run& r);
// The earliest end of the time that the run and what it is in have as a whole.
std::optional<instant> total_due(const instance& s, const run& r);

// Lines of a parallel or map.
std::vector<std::uint64_t> lines_of(const instance& s, std::uint64_t run);
// Open runs on the lines of that run, however deep, innermost first.
std::vector<std::uint64_t> open_runs_inside(const instance& s, std::uint64_t run);

// The element of the map that the line belongs to; nullptr for other lines.
const json_value* item_of(const instance& s, const line& l);

// Whether the line can go on now: it is at its beginning, or its run is over and tells what comes next.
bool can_advance(const instance& s, const line& l);
// Whether a map may open another line.
bool can_open(const instance& s, const run& r);
// Whether a run's child has not been started yet: others of the instance are to end first.
inline bool waits_for_turn(const instance& s, const run& r) {
  return r.status == run_status::scheduled && r.child.empty() && work_of(s, r).kind == phase_kind::workflow;
}
// The run whose child may be started now, in their order; nullptr if there is none.
const run* next_child(const instance& s);
// The oldest buffered signal that the run waits for; nullptr if there is none.
const buffered_signal* signal_for(const instance& s, const run& r);
// Whether anything can go on without a command; wake_at() is "at once" then.
bool can_advance(const instance& s);
// A phase whose run failed, and nothing else of its parallel or map can make up for it.
bool is_lost(const instance& s, const line& l);

// The input that a run is given: {"thread", "message"} for a thread; null for kinds that take none.
result<shared_json> input_for(const instance& s, const work& w, const json_value* item, std::uint64_t index);

// How a run's result reaches the state.
enum class placement : std::uint8_t { none, gathered, merged, put };
placement placement_of(const instance& s, const run& r);
// Whether the state can take the result: errors carry a failure code as type.
status_result can_take(const instance& s, const run& r, const json_value& result);

} // namespace ropewalk::workflow
