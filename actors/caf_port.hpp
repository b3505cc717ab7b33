#pragma once
// The few words of CAF that this code uses. Everything else of CAF stays out: groups, streams, typed actors,
// composable behaviors. 0.17.6 and 1.x differ in just these; see the table in docs/HACKING.md.

#include <caf/actor.hpp>
#include <caf/actor_ostream.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <utility>

namespace ropewalk::actors {

// From any thread, without a sender.
template <class... Ts>
void post(const caf::actor& to, Ts&&... message) {
  caf::anon_send(to, std::forward<Ts>(message)...);
}

// There is no cancel: the receiver must recognise a message that came too late.
template <class... Ts>
void post_after(std::chrono::milliseconds delay, const caf::actor& to, Ts&&... message) {
  caf::delayed_anon_send(to, delay, std::forward<Ts>(message)...);
}

// From inside an actor.
template <class Self, class... Ts>
void tell(Self* self, const caf::actor& to, Ts&&... message) {
  self->send(to, std::forward<Ts>(message)...);
}

// There is no cancel: the receiver must recognise a message that came too late.
template <class Self, class... Ts>
void tell_after(Self* self, std::chrono::milliseconds delay, const caf::actor& to, Ts&&... message) {
  self->delayed_send(to, delay, std::forward<Ts>(message)...);
}

inline void end_actor(const caf::actor& who) { caf::anon_send_exit(who, caf::exit_reason::user_shutdown); }

} // namespace ropewalk::actors
