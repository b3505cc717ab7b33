#pragma once
// What a cluster's disks hold when all members die at once, in the middle of nothing: a stop in turn hands partitions over, which is an
// entry that those who stopped before do not have.

#include <string>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/program.hpp"

namespace ropewalk::tests {

// Once nobody is behind. "" if all members hold the same chains and these verify; else what is wrong.
inline std::string chains_when_killed(cluster_system& system) {
  const bool in_step = eventually(
      [&] {
        const program_result r = run_program(system, "cluster partitions");
        if (r.code != 0) return false;
        for (const auto& p : r.json()["partitions"])
          for (const auto& behind : p["behind"])
            if (behind != 0) return false;
        return true;
      },
      std::chrono::seconds(60));
  if (!in_step) return "somebody stays behind";
  for (int i = 0; i < system.nodes(); ++i) system.kill(i);
  return system.chains_agree();
}

} // namespace ropewalk::tests
