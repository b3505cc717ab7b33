#pragma once
// Everything that can be asked of one workflow instance, decoded and checked against the verb table, and what
// the runtime itself tells it. Writes are decided by the machine (machine.hpp).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "runtime/instant.hpp"
#include "runtime/workflow/definition.hpp"

namespace ropewalk::workflow {

// JSON that several places hold and nobody changes in place.
using shared_json = std::shared_ptr<const json_value>;

struct run_error {
  std::string code; // the worker's, or one of this runtime's: "attempt_timeout"
  std::string message;
};

struct parent_run { // a child's phase in its parent
  std::string workflow;
  std::uint64_t run = 0;
  friend bool operator==(const parent_run&, const parent_run&) = default;
};

// ---- writes ----
struct start {
  std::string definition;
  std::optional<std::uint32_t> version; // absent: the newest
  json_value input = json_value::object();
  json_value attributes = json_value::object(); // {name: string|number|bool}
  bool if_absent = false; // an instance of the same definition, version if given, and input is answered as it is
  std::optional<parent_run> parent;             // the runtime's own: a child
  std::optional<std::string> scheduled_by;      // the runtime's own: a schedule, which is told that it began
  std::uint32_t depth = 0;                      // the runtime's own: workflows above it
};
struct branch_off {                        // a new instance that goes on from another one's recorded state
  std::string workflow;                    // the other one
  std::uint64_t version = 0;               // the state's
  std::string state;                       // encode_state() of it
  json_value patch = json_value::object(); // merged over the state
  json_value attributes = json_value::object();
};
struct signal {
  std::string name;
  std::string id; // "" = one is made
  json_value payload = json_value::object();
};
struct update { // of the state, by an operator
  json_value patch = json_value::object();
  std::string reason;
  std::optional<std::uint64_t> expected_version;
};
struct pause {
  std::string reason;
};
struct resume {};
struct cancel {
  std::string reason;
};
struct terminate {
  std::string reason;
};
struct retry {
  std::optional<std::uint64_t> run;
  std::string reason;
}; // a failed instance, or a run that waits for its next attempt
struct step_begin {
  std::uint64_t run = 0;
  std::string step;
  bool look = false; // only whether it is recorded is wanted: nothing is written. Not for who needs `begun_before`
};
struct step_complete {
  std::uint64_t run = 0;
  std::string step;
  json_value result;
};
struct failure {
  run_error what;
  bool final = false; // no further attempt
};
using outcome = std::variant<json_value, failure>;
struct complete {
  std::uint64_t run = 0;
  std::optional<std::uint32_t> attempt; // absent: the one under way
  outcome what;
  std::string from; // who says so, for the audit
};
struct heartbeat {
  std::uint64_t run = 0;
  std::optional<std::uint32_t> attempt;
  std::optional<json_value> progress;
};
struct checkpoint {
  std::string reason;
};

using write = std::variant<start, branch_off, signal, update, pause, resume, cancel, terminate, retry, step_begin,
                           step_complete, complete, heartbeat, checkpoint>;

// ---- what only the runtime itself sends ----
struct wake {}; // wake_at() has passed
struct dispatch_refused {
  std::uint64_t run = 0;
  std::uint32_t attempt = 0;
}; // nobody is there to take it
enum class child_end : std::uint8_t { completed, failed, cancelled, terminated };
struct child_ended {
  std::uint64_t run = 0; // of the parent
  std::string child;
  child_end how = child_end::completed;
  json_value state; // the child's, if it completed
  run_error why;
};
struct child_begun {     // to its parent, which may have given it up before it began
  std::uint64_t run = 0; // of the parent
  std::string child;
};
struct stop_child {
  parent_run parent;
  bool terminate = false;
  std::string reason;
}; // to the child, which answers with child_ended
struct thread_posted {
  std::uint64_t run = 0;
  outcome what;
};
struct report_if_over { // to whom an end is told; asked again by those who may have missed it
  std::string schedule;
};
struct recover {}; // after a restart of its owner: what is outstanding is sent again
struct ask_children {}; // whoever had their partitions may have died with what it was about to say
struct crash {
  std::string reason;
  std::uint32_t restarts = 0;
}; // by the supervisor: park it

using command = std::variant<write, wake, dispatch_refused, child_begun, child_ended, stop_child, thread_posted,
                             report_if_over, recover, ask_children, crash>;

// ---- reads ----
struct get {
  bool with_state = true;
};
struct query {
  std::string pointer;
}; // of the state
struct read_steps {
  std::uint64_t run = 0;
};
using read = std::variant<get, query, read_steps>;

} // namespace ropewalk::workflow
