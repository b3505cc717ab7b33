#pragma once
// What must hold when all is healed: histories of clients against what the members hold. Pure.

#include <set>
#include <string>
#include <vector>

#include "tests/cluster_chaos/evidence.hpp"
#include "tests/cluster_chaos/history.hpp"

namespace ropewalk::chaos {

// What the faults of a round may cost, as docs/cluster.md promises it.
struct allowance {
  bool log_data = false; // NATS lost or forked data: `log`, and what was read, may end in quarantine
  // Members that lost theirs, with the quarantine on it: what they owned and may end there may be gone.
  std::set<std::string> disks = {};
};

struct verdict {
  std::vector<std::string> violations;
  std::vector<write_record> standing; // acknowledged, and in the chain of all members
  std::size_t superseded = 0;         // acknowledged at `local` or `log`, and in quarantine
  std::size_t gone = 0;               // the same, and lost with a disk
};

// earlier: writes of earlier rounds that all members held then; none of them may be lost, at whatever level.
verdict check(const history& told, const std::vector<write_record>& earlier, const evidence& found, allowance allowed);

} // namespace ropewalk::chaos
