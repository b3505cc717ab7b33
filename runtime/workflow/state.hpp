#pragma once
// A workflow instance as its owner knows it: the fold of its events (I11). The results of ended runs and
// steps are not in it: it knows the versions of the events that recorded them, and the journal gives them
// back.
//
// A *run* is one execution of one phase; its retries are attempts of the same run. A *line* is a list of
// phases in progress: the root line 0, and one for each branch of a parallel or element of a map.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/idempotency_window.hpp"
#include "runtime/workflow/events.hpp"

namespace ropewalk::workflow {

// Stored: values are frozen.
enum class run_status : std::uint8_t {
  scheduled,
  waiting,
  completed,
  failed,
  skipped,
  cancelled
}; // waiting: for its next attempt
std::string_view name(run_status status) noexcept;
inline bool is_open(run_status s) noexcept { return s == run_status::scheduled || s == run_status::waiting; }

struct step_record {
  std::string name;
  std::uint64_t result_version = 0; // of the step_completed event; 0 = begun
};

// What a parallel or a map gathers.
struct gathering {
  shared_json items;                // map: the elements, as they were when it began
  std::uint64_t opened = 0;         // lines
  std::uint64_t closed = 0;         // of those, by their end
  std::vector<shared_json> results; // map: by index, null = not there yet
  std::uint64_t result_bytes = 0;
  std::uint64_t first = 0; // map: the index that closed first
};

struct run {
  std::uint64_t number = 0;
  std::uint64_t line = 0;
  std::uint64_t compensates = 0; // the run that this one undoes; it is on no line then
  std::string phase;
  run_status status = run_status::scheduled;
  std::uint32_t attempt = 1;
  instant since;      // of the first attempt
  instant attempt_at; // of this one
  deadlines due;
  std::optional<std::uint64_t> index; // of a map's element
  std::optional<instant> retry_at;
  std::optional<run_error> last_error;
  instant last_error_at;
  shared_json input; // pinned with the first attempt; null if it could not be made
  shared_json item;  // compensation of a map's element
  std::string child;
  bool by_deadline = false; // a wait that its deadline ended
  std::vector<step_record> steps;
  std::optional<gathering> gathers; // of parallel and map
};

struct line {
  std::uint64_t number = 0;
  std::uint64_t parent = 0; // run; 0 for the root line
  std::string branch;
  std::optional<std::uint64_t> index;
  std::uint64_t current = 0; // run; 0 = at its beginning
  bool again = false;        // its current run's phase is to be run anew
};

struct ended_run {
  std::uint64_t run = 0;
  run_status status = run_status::completed;
  std::uint64_t version = 0;
};
struct undo {
  std::uint64_t run = 0;
  std::string phase;
  std::optional<std::uint64_t> index;
  shared_json item;
};
struct buffered_signal {
  std::string id, name;
  shared_json payload;
  instant at;
};
struct late_record {
  std::uint64_t run = 0;
  std::string digest, from;
  instant at;
};
struct leaving_child {
  std::uint64_t run = 0;
  bool terminate = false;
};
struct waiting_end {
  instance_status status = instance_status::failed;
  run_error why;
};

// All that the rules look at: copied to look ahead with, so what is large in it is shared.
struct instance {
  instance_status status = instance_status::absent;
  instance_status status_before_crash = instance_status::running;
  std::string status_reason;
  run_error why; // of an end that is no success
  std::uint32_t restarts = 0;
  std::uint64_t version = 0; // events folded
  instant created_at, updated_at, ended_at;
  instant recorded_at; // of the last event: recorded time never goes back
  std::optional<instant> deadline;

  shared_definition definition;
  std::string input_digest;
  json_value attributes = json_value::object();
  std::optional<parent_run> parent;
  std::uint32_t depth = 0; // workflows above it
  std::optional<branch_point> branched_from;

  shared_json value;             // the state object of the phases; never null once started
  std::uint64_t value_bytes = 0; // at least as many as value takes as text

  std::uint64_t next_run = 1, next_line = 1;
  std::map<std::uint64_t, run> runs;            // open ones, and the last one of each line
  std::map<std::uint64_t, line> lines;          // open ones
  std::vector<ended_run> ended;                 // oldest first; limits::runs_remembered
  std::vector<undo> undo_stack;                 // completed phases with a compensation
  std::optional<waiting_end> ending;            // while compensating
  bool compensated = false;                     // something was undone: a failed instance cannot go on
  std::vector<std::uint64_t> not_undone;        // runs whose compensation failed
  std::map<std::string, leaving_child> leaving; // children that were cancelled and are not known to have ended

  std::vector<buffered_signal> signals;
  std::uint64_t signal_bytes = 0;      // of their payloads
  std::vector<std::string> signal_ids; // limits::signal_ids
  std::vector<late_record> late;       // limits::late_results
  std::uint64_t late_count = 0;
};

struct workflow_state : instance {
  idempotency_window keys;
};

// The only mutation. The event must fit.
void apply(instance& state, const event& e, instant time);
// Whether a recorded event can come next: errc::corrupt if it speaks of runs and lines that this state cannot
// have.
status_result fits(const instance& state, const event& e);
// One entry as the journal holds it: the event, its version and time, and its idempotency record.
status_result apply_entry(workflow_state& state, const entry_draft& draft);
void apply_drafted(workflow_state& state, const event& e, const entry_draft& draft);

// Snapshots and checkpoints: format 1, JSON; frozen.
std::string encode_state(const workflow_state& state);
result<workflow_state> decode_state(std::string_view bytes);

} // namespace ropewalk::workflow
