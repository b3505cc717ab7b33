#pragma once
// One rule for each command; decide() in machine.cpp finds it.

#include "runtime/workflow/machine.hpp"

namespace ropewalk::workflow {

struct context {
  const entity_key& who;
  const workflow_state& state;
  const facts& known;
  const surroundings& around;
  bool keyed;
};

// ---- rules_start.cpp ----
result<decision> rule(const context& c, const start& x);
result<decision> rule(const context& c, const branch_off& x);
// ---- rules_signal.cpp ----
result<decision> rule(const context& c, const signal& x);
// ---- rules_steps.cpp ----
result<decision> rule(const context& c, const step_begin& x);
result<decision> rule(const context& c, const step_complete& x);
result<decision> rule(const context& c, const heartbeat& x);
// ---- rules_completion.cpp ----
result<decision> rule(const context& c, const complete& x);
result<decision> rule(const context& c, const child_begun& x);
result<decision> rule(const context& c, const child_ended& x);
result<decision> rule(const context& c, const thread_posted& x);
result<decision> rule(const context& c, const dispatch_refused& x);
// ---- rules_operator.cpp ----
result<decision> rule(const context& c, const update& x);
result<decision> rule(const context& c, const pause& x);
result<decision> rule(const context& c, const resume& x);
result<decision> rule(const context& c, const retry& x);
result<decision> rule(const context& c, const checkpoint& x);
result<decision> rule(const context& c, const crash& x);
result<decision> rule(const context& c, const wake& x);
result<decision> rule(const context& c, const recover& x);
result<decision> rule(const context& c, const ask_children& x);
// ---- rules_closing.cpp ----
result<decision> rule(const context& c, const cancel& x);
result<decision> rule(const context& c, const terminate& x);
result<decision> rule(const context& c, const stop_child& x);
result<decision> rule(const context& c, const report_if_over& x);

// ---- shared ----
// Started, and neither over nor parked.
status_result require_live(const context& c);
error workflow_closed(const context& c);
error run_not_found(const context& c, std::uint64_t run);
// What came too late goes on the list for the audit, once (I9).
void list_late(decision& d, const context& c, late_result what);
// The event that recorded how an ended run ended; nullopt if the run is open, unknown or no longer
// remembered.
const ended_run* find_ended(const instance& s, std::uint64_t run) noexcept;

} // namespace ropewalk::workflow
