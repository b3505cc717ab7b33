#pragma once
// What a member tells its operators about its partitions (rw.node.<name>.partitions).

#include <string>

#include "actors/cluster/cluster_member.hpp"
#include "storage/quarantine_reader.hpp"

namespace ropewalk::actors {

// quarantined: entries that nobody looked at yet. handed_on: requests that went on to another member.
std::string render_partitions(const cluster_member& member, const storage::quarantine_figures& quarantined,
                              std::uint64_t handed_on);

// {"state":"done|learning|waiting|changing"}
std::string render_change(replication::members_progress state);

} // namespace ropewalk::actors
