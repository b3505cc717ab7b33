#pragma once
// What the views keep of a workflow instance: what lists show, and just enough of its runs to know when it wants
// to be woken. Folded from its events like the instance itself, but without the state of its phases, inputs
// and results: it stays small, whatever the phases make.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "runtime/workflow/state.hpp"

namespace ropewalk::storage {

// Stored: values are frozen within a version of the views.
enum class run_standing : std::uint8_t {
  scheduled,
  waiting,
  stopped
}; // stopped: a parallel or map that a retry revives

struct summarized_run {
  std::string phase;
  std::uint64_t line = 0;
  bool compensates = false;
  run_standing standing = run_standing::scheduled;
  workflow::deadlines due;
  std::optional<instant> retry_at;
  std::string child;
  instant attempt_at; // when this attempt was recorded
};

// A phase that nobody outside holds: wait, sleep, parallel, map.
struct inside_phase {
  bool gathers = false;
  std::optional<std::int64_t> total_us;
};

struct workflow_summary {
  workflow::instance_status status = workflow::instance_status::absent;
  workflow::instance_status before_crash = workflow::instance_status::running;
  std::string status_reason;
  workflow::run_error why;
  std::uint32_t restarts = 0;
  std::string definition;
  std::uint32_t definition_version = 0;
  workflow::json_value attributes = workflow::json_value::object();
  std::optional<workflow::parent_run> parent;
  std::optional<workflow::branch_point> branched_from;
  std::uint64_t version = 0; // events folded
  instant created_at, updated_at, ended_at, recorded_at;
  std::optional<instant> deadline;

  std::uint64_t last_run = 0;
  std::string failed_phase;                        // of the last run that failed
  std::map<std::uint64_t, summarized_run> runs;    // open and stopped ones
  std::map<std::uint64_t, std::uint64_t> branches; // lines of parallels and the run that each belongs to
  std::set<std::string> leaving;                   // children not known to have ended
  std::map<std::string, inside_phase> inside;      // by name
  std::set<std::string> with_child;                // names of phases that are workflows of their own
  std::uint32_t events_at_once = 0;                // recorded at the moment of the last one
};

// One entry: errc::corrupt, and nothing changes, if it cannot come next. Bodies that change nothing here are not
// read.
status_result apply_entry(workflow_summary& s, const entry_draft& draft);

// As workflow::wake_at() without signs of life. Where a decision was cut at limits::decision_events: at once.
std::optional<instant> wake_at(const workflow_summary& s);
// As workflow::needs_recovery(): somebody outside holds a run, or a child is not known to have ended. What waits for
// signals and times alone is left where it is. Where a decision was cut at limits::decision_events: true.
bool needs_recovery(const workflow_summary& s) noexcept;
bool waits_for_children(const workflow_summary& s) noexcept;
// The phases under way, in the order of their runs, "ship, ship_one"; of a failed instance the one where it
// failed.
std::string current_phase(const workflow_summary& s);
// The workflow object of the wire without what stands in the runs and the state, and with "phase".
std::string render(const entity_key& who, const workflow_summary& s);

std::string encode(const workflow_summary& s);
result<workflow_summary> decode_summary(std::string_view bytes);

} // namespace ropewalk::storage
