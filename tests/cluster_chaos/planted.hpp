#pragma once
// Violations that are planted, to see that the checks notice each: a checker that catches none proves nothing.

#include <string>
#include <vector>

#include "tests/cluster_chaos/checks.hpp"

namespace ropewalk::chaos {

// In what a round has found, which must be without a violation itself. The names of those that were missed.
std::vector<std::string> missed_in_evidence(const history& told, const evidence& found, std::size_t& planted);
// On the disks of a settled cluster's members, which is not to be used afterwards.
std::vector<std::string> missed_on_disks(chaos_cluster& c, const std::vector<std::string>& threads, const history& told,
                                         std::size_t& planted);

} // namespace ropewalk::chaos
