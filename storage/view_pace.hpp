#pragma once
// When the applier works and when it rests, so that appends keep the cores.
//
// Rows. After a batch that nobody waited for:
//
//   pause = factor * time of the batch,  factor = 2 at no lag, falling to 0 at a lag of 200,000 entries
//
// So the views take a third of one core at most while they can keep up with that, more as they fall
// behind, and all of it before a read would have to wait for long.
//
// Full text costs three times what the rows cost, and nothing waits for it but searches. It follows when a
// search waits for it, when the node is quiet, or when it is a million entries behind. Under steady load it
// therefore lags, and messages that are trimmed meanwhile are never indexed at all.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ropewalk::storage::pace {

using clock = std::chrono::steady_clock;

inline constexpr std::size_t batch_entries = 4096;     // a larger transaction costs hardly less an entry
inline constexpr std::size_t batch_bytes = 8u << 20;   // entries are held in memory while they are applied
inline constexpr std::uint64_t lag_max = 200'000;      // some 2 s of work
inline constexpr std::chrono::milliseconds gather{20}; // after silence, the first entry waits for others so long

inline constexpr double quiet_rate = 5'000; // entries a second; below it a core has time to spare
inline constexpr std::chrono::milliseconds quiet_time{100};
inline constexpr std::uint64_t index_gather = 1'000;      // a part of the index costs something however small
inline constexpr std::uint64_t index_lag_max = 1'000'000; // some 30 s of work

inline std::chrono::microseconds pause_after(std::chrono::microseconds batch_took, std::uint64_t lag) {
  if (lag >= lag_max) return std::chrono::microseconds{0};
  const auto scaled =
      2 * batch_took.count() * static_cast<std::int64_t>(lag_max - lag) / static_cast<std::int64_t>(lag_max);
  return std::max<std::chrono::microseconds>(gather, std::chrono::microseconds{scaled});
}

// Entries a second, over windows of a quarter of a second.
class rate_meter {
public:
  void add(std::uint64_t entries, clock::time_point now) {
    entries_ += entries;
    const double seconds = std::chrono::duration<double>(now - since_).count();
    if (seconds < 0.25) return;
    rate_ = static_cast<double>(entries_) / seconds;
    entries_ = 0;
    since_ = now;
  }
  double rate() const noexcept { return rate_; }

private:
  std::uint64_t entries_ = 0;
  clock::time_point since_ = clock::now();
  double rate_ = 0;
};

struct index_need {
  std::uint64_t pending = 0; // entries applied and not indexed
  bool wanted = false;       // a search waits
  double rate = 0;           // of new entries
  clock::duration silence{}; // since the last new entry
  clock::duration age{};     // of the oldest that is not indexed
};
inline bool should_index(const index_need& n) {
  if (n.pending == 0) return false;
  if (n.wanted || n.pending >= index_lag_max || n.silence >= quiet_time) return true;
  return n.rate < quiet_rate && (n.pending >= index_gather || n.age >= quiet_time);
}

} // namespace ropewalk::storage::pace
