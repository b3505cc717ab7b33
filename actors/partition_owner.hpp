#pragma once
// Owner of one partition: finds or activates the actor of each entity, lets idle ones go, and throws all of
// them away when the journal failed under them (I5).
//
// Every request of an entity passes here, so an entity leaves without a race: while it is asked whether it
// may leave, its requests wait here; if it leaves they wake it anew.

#include "actors/entity_environment.hpp"
#include "actors/messages.hpp"

namespace ropewalk::actors {

struct partition_settings {
  entity_environment* env = nullptr;
  partition_id partition;
  std::uint64_t generation = 0;
  std::uint64_t max_active = 0; // entities of this partition in memory; beyond it the longest idle leave
  std::chrono::seconds idle_after{300};
  std::uint64_t views_behind = 0; // position of the journal at start: loads wait for the views to reach it
  std::atomic<std::uint64_t>* active_count = nullptr; // of the node, for its status
  bool of_cluster = false;                            // serves between partition_served and partition_lost alone
};

caf::actor spawn_partition_owner(caf::actor_system& system, const partition_settings& settings);

} // namespace ropewalk::actors
