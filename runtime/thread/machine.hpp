#pragma once
// The rules of a thread: what a command makes of a state. No I/O, no clock, no randomness.
//
//   facts needed = ...looked up by the shell for wanted_facts(command)...
//   result<decision> d = decide(key, state, command, needed, defaults, around, token);
//   for (e : d->events) apply(state, e, ...);
//
// A refusal changes nothing and is not recorded. A repeat of a keyed command never reaches decide(): the
// shell finds its key in state.keys and answers from the recorded events with recorded_reply().

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/thread/commands.hpp"
#include "runtime/thread/state.hpp"

namespace ropewalk::thread {

// Commands that only the runtime itself sends.
struct adopt_fork {
  std::string parent;
  std::string header_json;
  instant at;
}; // to the child: begin as this created body says
struct settle_fork {
  std::string child;
  bool created = false;
  std::string reason;
};              // to the parent
struct wake {}; // wake_at() has passed: expire, or carry pending forks on

using command = std::variant<write, adopt_fork, settle_fork, wake>;

// What must be looked up before a command can be decided, because the state does not hold it.
struct wanted_facts {
  std::optional<message_ref> message;    // the stored JSON of this message, if it is live
  std::vector<std::string> message_ids;  // which of these client-chosen ids exist already
  std::optional<std::string> quota_user; // may this user have one more thread?
  bool none() const noexcept { return !message && message_ids.empty() && !quota_user; }
};
wanted_facts facts_for(const thread_state& state, const command& c);

struct facts {
  std::optional<std::string> message_json;
  std::vector<std::string> taken_ids;
  std::optional<error> quota_refusal;
};

// A node's settings for new threads.
struct thread_defaults {
  std::uint64_t max_messages = limits::messages_per_thread;
  std::int64_t ttl_s = 0;
};

struct start_fork {
  std::string child;
  std::string header_json;
  instant at;
}; // send adopt_fork to the child
struct report_fork {
  std::string parent;
  bool created = false;
  std::string reason;
}; // send settle_fork to the parent
using effect = std::variant<start_fork, report_fork>;

struct decision {
  std::vector<event> events;                    // empty: nothing changes
  std::vector<effect> effects;                  // once the events are durable (I4)
  std::string reply;                            // JSON object, without the receipt; "" for the runtime's own commands
  std::optional<instant> at;                    // recorded time, if it is not the moment of deciding
  std::optional<std::string> reply_after_child; // the reply waits until this fork's child exists
};

result<decision> decide(const entity_key& who, const thread_state& state, const command& c, const facts& known,
                        const thread_defaults& defaults, const surroundings& around, bool keyed);

// The answer of a keyed command from the events it made: the same bytes as the first time.
result<std::string> recorded_reply(const write& w, const std::vector<event>& events);

// For reads: refuses a thread that is absent or deleted.
status_result require_present(const entity_key& who, const thread_state& state);

} // namespace ropewalk::thread
