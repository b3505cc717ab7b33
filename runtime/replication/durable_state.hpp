#pragma once
// What one member keeps of one partition on its disk, and the one way in which it changes.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/replication/messages.hpp"

namespace ropewalk::replication {

struct given_promise {
  std::uint64_t epoch = 0;
  member_name to;
  friend bool operator==(const given_promise&, const given_promise&) = default;
};

// A member votes, acknowledges and takes over only with standing: a disk that was wiped may have forgotten promises
// and entries, so it learns first (joining.cpp).
struct standing {
  std::uint64_t incarnation = 0;
  bool full = false;
  friend bool operator==(const standing&, const standing&) = default;
};

struct durable_state {
  replication::standing standing;
  given_promise promised;
  incarnation_map incarnations; // of all members, as far as known
  stream_position position;
  std::vector<configuration> configurations; // the newest ones of this chain, tail included, in its order; none: the file's
  chain_point accepted;                      // at `position`
  std::deque<entry_ptr> tail; // prepared beyond accepted: what this member wrote as an owner
  chain_point head() const { return tail.empty() ? accepted : point_of(*tail.back()); }
};

// One transaction. Entries behind keep_upto move to quarantine (I9), `entries` follow, the tail begins behind `accepted`.
struct adoption {
  std::uint64_t keep_upto = 0;
  std::vector<entry_ptr> entries;
  chain_point accepted;
  stream_position position;
};
struct change {
  std::uint64_t op = 0;
  std::optional<given_promise> promised;
  std::optional<replication::standing> standing;
  std::optional<incarnation_map> incarnations;
  std::optional<std::vector<configuration>> configurations; // all of them, as they are then
  std::optional<adoption> adopted;
};

// Reads this member's own chain as it is on its disk: for catching up only, never on the way of a write.
class chain_view {
public:
  virtual ~chain_view() = default;
  virtual std::optional<chain_point> at(std::uint64_t index) const = 0; // 0: the genesis
  // From `first` on, in order, at most about max_bytes, at least one if there is one.
  virtual std::vector<entry_ptr> read(std::uint64_t first, std::uint64_t last, std::size_t max_bytes) const = 0;
};

} // namespace ropewalk::replication
