#pragma once
// What a member tells its operators about its partitions (rw.node.<name>.partitions).

#include <string>

#include "actors/cluster/cluster_member.hpp"

namespace ropewalk::actors {

std::string render_partitions(const cluster_member& member);

} // namespace ropewalk::actors
