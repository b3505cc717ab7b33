#pragma once
// Which faults a round has, and when: drawn from its seed alone.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/cluster_chaos/faults.hpp"

namespace ropewalk::chaos {

struct planned_fault {
  const fault_kind* kind = nullptr;
  int which = 0; // node or server
  int at_ms = 0, lasts_ms = 0;
  std::uint64_t random = 0;
};

struct round_shape {
  int nodes = 3, nats_servers = 1;
  bool clocks = false;
  int length_ms = 20'000;
};

// By the time at which they begin. One or several; no two hold the same process or link at a time, and one disk at most is lost
// in a round: with N = 1 two of them may hold the only copies.
std::vector<planned_fault> plan_faults(const std::vector<fault_kind>& kinds, const round_shape& shape,
                                       std::mt19937_64& random);

} // namespace ropewalk::chaos
