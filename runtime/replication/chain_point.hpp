#pragma once
// A place in a partition's chain, and which of two chains a takeover prefers.

#include <compare>
#include <cstdint>

#include "runtime/entry.hpp"

namespace ropewalk::replication {

// The entry with this index; index 0: before the first one, with the partition's genesis hash and epoch 0.
struct chain_point {
  std::uint64_t epoch = 0; // of that entry
  std::uint64_t index = 0;
  digest hash{};
  friend bool operator==(const chain_point&, const chain_point&) = default;
};

inline chain_point point_of(const entry& e) { return {e.epoch, e.index, e.hash}; }

// Raft's rule (Ongaro, section 5.4.1): the later last epoch wins, then the longer chain. An epoch has one owner, who never gives
// an index two entries: two chains whose last entries share epoch and index are the same chain.
inline bool less_complete(const chain_point& a, const chain_point& b) {
  return a.epoch != b.epoch ? a.epoch < b.epoch : a.index < b.index;
}

} // namespace ropewalk::replication
