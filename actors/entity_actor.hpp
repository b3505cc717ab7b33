#pragma once
// The CAF shell of one entity. An exception in its handlers ends the actor, and with it all that its memory
// held; the partition hears of it and lets it begin anew from the journal.

#include "actors/active_entity.hpp"
#include "actors/messages.hpp"

namespace ropewalk::actors {

caf::actor spawn_entity(caf::actor_system& system, const entity_birth& birth, const caf::actor& partition);

} // namespace ropewalk::actors
