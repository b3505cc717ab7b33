#pragma once
// What a member tells its operators about its partitions (rw.node.<name>.partitions).

#include <string>

#include "actors/cluster/cluster_member.hpp"

namespace ropewalk::actors {

// quarantined: entries that nobody looked at yet.
std::string render_partitions(const cluster_member& member, std::uint64_t quarantined);

// {"state":"done|learning|waiting|changing"}
std::string render_change(replication::members_progress state);

} // namespace ropewalk::actors
