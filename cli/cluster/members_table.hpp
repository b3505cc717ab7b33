#pragma once
// The table of a cluster's members, as `cluster status` and `cluster members` show it.

#include <vector>

#include "cli/table.hpp"
#include "cli/wire_client.hpp"

namespace ropewalk::cli {

const std::vector<column>& cluster_member_columns();
row cluster_member_row(json_view member); // of render_members()

} // namespace ropewalk::cli
