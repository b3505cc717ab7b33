#pragma once
// How long the applier pauses after a batch that nobody waited for, so that appends keep the cores.
//
//   pause = factor * time of the batch,  factor = 2 at no lag, falling to 0 at a lag of 200,000 entries
//
// So the views take a third of one core at most while they can keep up with that, more as they fall
// behind, and all of it before a read would have to wait for long.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ropewalk::storage::pace {

inline constexpr std::size_t batch_entries = 4096;     // a larger transaction costs hardly less an entry
inline constexpr std::size_t batch_bytes = 8u << 20;   // entries are held in memory while they are applied
inline constexpr std::uint64_t lag_max = 200'000;      // some 3 s of work
inline constexpr std::chrono::milliseconds gather{5};  // after silence, the first entry waits for others so long

inline std::chrono::microseconds pause_after(std::chrono::microseconds batch_took, std::uint64_t lag) {
  if (lag >= lag_max) return std::chrono::microseconds{0};
  const auto scaled = 2 * batch_took.count() * static_cast<std::int64_t>(lag_max - lag) / static_cast<std::int64_t>(lag_max);
  return std::max<std::chrono::microseconds>(gather, std::chrono::microseconds{scaled});
}

} // namespace ropewalk::storage::pace
