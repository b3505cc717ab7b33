#pragma once
// A closed loop of fenced publishes: each stream has one record in flight, and gets its next one when that is stored.

#include <chrono>
#include <cstddef>
#include <string>

#include "bench/statistics.hpp"

namespace ropewalk::bench {

struct fenced_plan {
  std::string url;
  std::string cluster; ///< an id of this measurement alone
  int replicas = 1;
  std::size_t streams = 1;
  std::size_t record_bytes = 300;
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds measured{3000};
};

/// Anything but "stored behind what was expected" throws.
figure measure_fenced(const fenced_plan& plan);

} // namespace ropewalk::bench
