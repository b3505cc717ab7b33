#pragma once
// A thread as its owner knows it: the fold of its events. Message bodies are not in it; they live in the
// journal and the views, so that loading a thread costs the same whatever its history.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity_key.hpp"
#include "runtime/idempotency_window.hpp"
#include "runtime/thread/events.hpp"

namespace ropewalk::thread {

enum class presence : std::uint8_t { absent, present, deleted };
enum class activity : std::uint8_t { active, suspended, closed };
std::string_view name(activity status) noexcept;

struct pending_fork { // the child is not known to exist yet
  std::string child;
  std::string header_json;   // of the child's created event
  std::uint64_t version = 0; // of our forked event
  instant at;                // its time: the child's creation time
};

struct thread_state {
  presence is = presence::absent;
  activity status = activity::active;
  std::string status_reason;
  thread_header header;
  std::uint64_t version = 0; // events folded
  instant created_at, updated_at;
  instant recorded_at; // of the last event of any kind: recorded time never goes back
  message_set messages;
  std::vector<ancestor> lineage; // empty unless forked
  std::vector<pending_fork> forks;
  idempotency_window keys;

  // A copy to look ahead with; the keys stay behind, they are large and no rule looks at them.
  thread_state without_keys() const;
};

// The only mutation.
void apply(thread_state& state, const event& e, instant time);
// Whether a recorded event can come next: errc::corrupt if it speaks of messages that this state cannot have.
status_result fits(const thread_state& state, const event& e);
// One entry as the journal holds it: the event, its version and time, and its idempotency record.
status_result apply_entry(thread_state& state, const entry_draft& draft);
void apply_drafted(thread_state& state, const event& e, const entry_draft& draft);

// Snapshots: format 1, JSON; frozen.
std::string encode_state(const thread_state& state);
result<thread_state> decode_state(std::string_view bytes);

// When the thread wants to be woken: at its expiry, at once while forks are pending, or never.
std::optional<instant> wake_at(const thread_state& state) noexcept;

// The thread object of the wire.
std::string render_thread(const entity_key& who, const thread_state& state);

} // namespace ropewalk::thread
