#pragma once
// The rules of a schedule: what a command makes of a state. No I/O, no clock, no randomness, no files.
//
//   wanted_facts wanted = facts_for(state, command);      ...time zones, read by the shell...
//   result<decision> d = decide(key, state, command, known, around, keyed);
//   for (e : d->events) apply_drafted(state, e, ...);     commit; then d->effects and d->reply (I4)
//
// Each scheduled time is fired or skipped once: events carry it, the state remembers up to where all were
// decided upon, and recorded time never goes back, whatever the clock does. A start that a crash kept from
// its workflow is sent again by `recover`; the instance's id follows from the time, so it exists once.
//
// A paused schedule has no scheduled times; starts that wait already stay where they are until it goes on.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/schedule/commands.hpp"
#include "runtime/schedule/state.hpp"

namespace ropewalk::schedule {

using shared_zone = std::shared_ptr<const time_zone>;

// Names of time zones, UTC left out.
struct wanted_facts {
  std::vector<std::string> zones;
  bool none() const noexcept { return zones.empty(); }
};
wanted_facts facts_for(const schedule_instance& s, const command& c);

struct facts {
  std::vector<shared_zone> zones; // those of the wanted ones that there are
  // nullptr if it is not among them; UTC always is.
  const time_zone* find(std::string_view name) const noexcept;
};

// ---- effects ----
struct start_workflow { // answered with start_accepted or start_refused
  std::string workflow;
  workflow::start how;
};
struct watch_workflow { // workflow_ended once it is over, or at once
  std::string workflow;
};
struct cancel_workflow {
  std::string workflow, reason;
};
struct terminate_workflow {
  std::string workflow, reason;
};
using effect = std::variant<start_workflow, watch_workflow, cancel_workflow, terminate_workflow>;

struct decision {
  std::vector<event> events;   // empty: nothing changes
  std::vector<effect> effects; // once the events are durable (I4)
  std::string reply;           // JSON object, without the receipt; "" for the runtime's own commands
};

// Refusals: not_found "schedule_not_found", conflict "schedule_exists"; busy "schedule_behind" while missed
// times are worked off; unavailable "time_zone_unavailable" if the zone's rules cannot be had any more.
result<decision> decide(const entity_key& who, const schedule_instance& s, const command& c, const facts& known,
                        const surroundings& around, bool keyed);

// The answer of a keyed command from the events it made: the same bytes as the first time.
result<std::string> recorded_reply(const std::vector<event>& events);

// When the schedule wants to be woken: the next start, which may have passed already. nullopt if there is
// none, or the zone is not known (null).
std::optional<instant> wake_at(const entity_key& who, const schedule_instance& s, const time_zone* zone);
// Whether a new owner has to send `recover`.
bool needs_recovery(const schedule_instance& s) noexcept;
// not_found "schedule_not_found" if there is none.
status_result require_schedule(const entity_key& who, const schedule_instance& s);

} // namespace ropewalk::schedule
