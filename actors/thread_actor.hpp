#pragma once
// The CAF shell of one thread.

#include "actors/entity_environment.hpp"
#include "actors/messages.hpp"

namespace ropewalk::actors {

struct thread_birth {
  entity_environment* env = nullptr;
  entity_key who;
  partition_id partition;
  std::uint64_t generation = 0;
  bool brand_new = false;            // nothing is stored under its id
  std::uint64_t min_position = 0;    // views must have seen this much before the load
};

caf::actor spawn_thread(caf::actor_system& system, const thread_birth& birth, const caf::actor& partition);

} // namespace ropewalk::actors
