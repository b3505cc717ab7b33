#pragma once
// The rules of a workflow instance: what a command makes of a state. No I/O, no clock, no randomness.
//
//   wanted_facts wanted = facts_for(state, command);      ...looked up by the shell...
//   result<decision> d = decide(key, state, command, known, around, keyed);
//   for (e : d->events) apply_drafted(state, e, ...);     commit; then d->effects and d->reply (I4)
//
// A refusal changes nothing and is not recorded. A repeat of a keyed command never reaches decide(). After
// each command the lines go as far as they can (advance.cpp), so that a decision leaves nothing to be done
// but by a worker, a signal, a child or a timer; what exceeds limits::decision_events follows with the next
// wake.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/workflow/commands.hpp"
#include "runtime/workflow/state.hpp"

namespace ropewalk::workflow {

class liveness;

// What must be looked up before a command can be decided, because the state does not hold it.
struct definition_ref {
  std::string name;
  std::optional<std::uint32_t> version; // absent: the newest
};
struct wanted_facts {
  std::optional<definition_ref> definition;
  std::optional<std::uint64_t> recorded; // the instance's event of this version
  bool alive = false;
  bool none() const noexcept { return !definition && !recorded && !alive; }
};
wanted_facts facts_for(const workflow_state& state, const command& c);

struct facts {
  shared_definition definition; // null: there is none
  std::optional<event> recorded;
  const liveness* alive = nullptr; // null: nothing is known; the recorded deadlines count
};

// ---- effects ----
struct dispatch { // agent, task, local, exec
  phase_kind kind = phase_kind::agent;
  std::uint64_t run = 0;
  std::uint32_t attempt = 1;
  std::string phase;
  bool compensation = false;
  std::string target;
  std::vector<std::string> arguments;
  shared_json input;
  deadlines due;
  bool first = false; // nobody had its run before, so none of its steps is recorded
};
struct cancel_dispatch {
  phase_kind kind = phase_kind::agent;
  std::uint64_t run = 0;
  std::uint32_t attempt = 1;
  std::string target;
};
struct post_to_thread {
  std::uint64_t run = 0;
  std::string thread;
  json_value message;
  bool create = true;
  std::string key;
  std::uint32_t attempt = 1;
};
struct start_child {
  std::string child;
  start how;
  std::uint32_t attempt = 1; // of the parent's run
};
struct cancel_child {
  std::string child;
  stop_child how;
};
struct ask_parent { // whether it still waits for the child
  std::string parent;
  child_begun what;
};
struct report_to_parent {
  std::string parent;
  child_ended what;
};
struct report_to_schedule { // the one in the attribute "schedule", which may not know of this instance
  std::string schedule;
  std::optional<child_end> how; // absent: it began
};
using effect = std::variant<dispatch, cancel_dispatch, post_to_thread, start_child, cancel_child, ask_parent,
                            report_to_parent, report_to_schedule>;

struct decision {
  std::vector<event> events;   // empty: nothing changes
  std::vector<effect> effects; // once the events are durable (I4)
  std::string reply;           // JSON object, without the receipt; "" for the runtime's own commands
  std::optional<instant> at;   // recorded time, if it is not the moment of deciding
};

result<decision> decide(const entity_key& who, const workflow_state& state, const command& c, const facts& known,
                        const surroundings& around, bool keyed);

// The answer of a keyed command from the events it made: the same bytes as the first time.
result<std::string> recorded_reply(const std::vector<event>& events);

// When the instance wants to be woken: at a deadline, a timer, a next attempt, or at once where something can
// go on.
std::optional<instant> wake_at(const instance& state, const liveness* alive = nullptr);
// Whether a new owner has to send `recover`: somebody or something outside is waited for, beside signals and times.
bool needs_recovery(const instance& state);

// Whether a child that has begun is waited for. perhaps: not yet, but by the run that the instance comes to. Of one that was
// acknowledged by its owner alone, the last events may be lost with him, those that started the child among them; as a rule
// it comes to them again. Ask again when the instance has changed.
enum class awaited : std::uint8_t { yes, perhaps, no };
awaited awaits(const entity_key& who, const instance& state, const child_begun& x, const surroundings& around);

// The run that a worker's command speaks of, which it must show the token of.
std::optional<std::uint64_t> run_of_worker(const write& w) noexcept;

// For reads: refuses an instance that was never started.
status_result require_started(const entity_key& who, const instance& state);

} // namespace ropewalk::workflow
