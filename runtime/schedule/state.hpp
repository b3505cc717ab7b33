#pragma once
// One schedule as its events leave it: an entity of kind `schedule` whose id is its name. A deleted one can be
// created anew; its versions go on.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/idempotency_window.hpp"
#include "runtime/result.hpp"
#include "runtime/schedule/events.hpp"

namespace ropewalk::schedule {

enum class stop : std::uint8_t { none, cancel, terminate }; // what an instance was told, the stronger word last

struct running_start {
  std::string workflow;
  instant scheduled_at;
  start_cause cause = start_cause::time;
  shared_spec unconfirmed; // what to start; null once it is known to be started
  stop told = stop::none;
};
struct waiting_start {
  instant scheduled_at;
  overlap policy = overlap::buffer_one;
  start_cause cause = start_cause::time;
};
struct recent_start { // that is over
  std::string workflow;
  instant scheduled_at, ended_at;
  std::string how; // "completed", ..., or "refused"
  std::string code, message;
  start_cause cause = start_cause::time;
};

struct schedule_instance {
  std::uint64_t version = 0; // events folded
  instant recorded_at;       // of the last event: recorded time never goes back
  shared_spec spec;          // null: there is no schedule
  instant created_at, updated_at;
  bool paused = false;
  std::string note; // of the last pause or unpause
  // All nominal times up to here were fired, put into the buffer or skipped; or were due while it was paused, or
  // before it was.
  instant through;
  instant last_trigger;               // scheduled time of the last start that was asked for
  std::uint64_t runs = 0;             // starts by time
  std::uint64_t asked = 0;            // starts by trigger and backfill
  std::uint64_t skips = 0;            // times
  std::uint64_t missed = 0;           // of those: by more than the catch-up window
  std::vector<running_start> running; // oldest first
  std::deque<waiting_start> waiting;  // oldest first
  std::vector<recent_start> recent;   // oldest first; limits::schedule_recent
};

struct schedule_state : schedule_instance {
  idempotency_window keys;
};

const running_start* find_running(const schedule_instance& s, std::string_view workflow) noexcept;
bool is_waiting(const schedule_instance& s, instant scheduled_at, start_cause cause) noexcept;
// How many starts by time there are or will be from those that came.
std::uint64_t runs_taken(const schedule_instance& s) noexcept;

// The only mutation. The event must fit.
void apply(schedule_instance& s, const event& e, instant time);
// Whether a recorded event can come next: errc::corrupt if it fires a time that is past, speaks of an
// instance that does not run, or of a schedule that there is not.
status_result fits(const schedule_instance& s, const event& e);
// One entry as the journal holds it: the event, its version and time, and its idempotency record.
status_result apply_entry(schedule_state& s, const entry_draft& draft);
void apply_drafted(schedule_state& s, const event& e, const entry_draft& draft);

// Snapshots: format 1, JSON; frozen.
std::string encode_state(const schedule_state& s);
result<schedule_state> decode_state(std::string_view bytes);

} // namespace ropewalk::schedule
