#pragma once
// What the node's CAF actors send each other. Nothing of it leaves the process.

#include <functional>
#include <memory>
#include <string>

#include "actors/caf_port.hpp"
#include "actors/request.hpp"

namespace ropewalk::actors {

class active_entity;

struct request_mail {
  request_ptr r;
};
// A callback's way back into an entity's actor.
struct entity_task {
  std::shared_ptr<std::function<void(active_entity&)>> run;
};
// Entity to partition: may be dropped from memory. last_position: what a later load has to wait for.
struct leave_answer {
  entity_key who;
  bool leaves = false;
  std::uint64_t last_position = 0;
};
// Entity to partition: it could not be loaded, and refuses everything until it is loaded anew.
struct load_failed {
  entity_key who;
};
// Entity to partition: its handler threw; the actor is gone.
struct entity_crashed {
  entity_key who;
  std::string why;
};
// To the partition: all that a crashed entity had handed to the journal is durable; rested: and its pause is over.
struct entity_settled {
  entity_key who;
  std::uint64_t crash = 0, position = 0;
  bool rested = false;
};
// To the partition: an instance that crashed too often has recorded that.
struct entity_parked {
  entity_key who;
  std::uint64_t crash = 0;
};
// Journal to partitions: memory of older generations is void (I5).
struct journal_failed {
  std::uint64_t generation = 0;
};

// In a cluster, to the partition: entities may be loaded and asked; they write with this generation, and the views must
// have seen so much of the journal.
struct partition_served {
  std::uint64_t generation = 0, views_behind = 0;
};
// The partition is about to be handed over: requests wait for who owns it next; or it is not after all.
struct partition_draining {
  bool on = false;
};
// Memory of this generation is void (I5), and requests are refused until it is served again.
struct partition_lost {
  std::uint64_t generation = 0;
};

} // namespace ropewalk::actors

CAF_BEGIN_TYPE_ID_BLOCK(ropewalk, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::request_mail))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::entity_task))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::leave_answer))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::load_failed))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::entity_crashed))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::entity_settled))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::entity_parked))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::journal_failed))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::partition_served))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::partition_lost))
CAF_ADD_TYPE_ID(ropewalk, (ropewalk::actors::partition_draining))
CAF_ADD_ATOM(ropewalk, ropewalk::actors, ask_leave_atom, "askleave")
CAF_ADD_ATOM(ropewalk, ropewalk::actors, sweep_atom, "sweep")
CAF_END_TYPE_ID_BLOCK(ropewalk)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::request_mail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::entity_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::leave_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::load_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::entity_crashed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::entity_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::entity_parked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::journal_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::partition_served)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::partition_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(ropewalk::actors::partition_draining)
