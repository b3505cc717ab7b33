#pragma once
// What an entity needs from storage, with every wait outside the actors: calls return at once, answers come
// as callbacks on a reader's thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::actors {

struct refused_checkpoint {
  std::string id;
  std::uint64_t version = 0;
  error why;
};

// Of one that verifies, and whose state cannot be decoded.
inline error not_understood(const error& why) { return {errc::corrupt, "checkpoint_not_understood", why.detail, {}}; }

struct stored_entity {
  std::optional<storage::entity_snapshot> snapshot; // of a workflow: its newest checkpoint that verifies
  std::string checkpoint;                           // that one's id; "" = none
  std::vector<refused_checkpoint> refused;          // newer ones
  std::vector<entry> tail;                          // in order of version, after the snapshot
  std::uint64_t last_position = 0;                  // of its last entry; 0 = none
};

class entity_storage {
public:
  static constexpr std::uint64_t any_checkpoint = UINT64_MAX;

  virtual ~entity_storage() = default;
  // How much of the journal the views have seen.
  virtual std::uint64_t views_position() const = 0;
  // Snapshot and tail; complete up to min_position. checkpoints_below: of a workflow; those of this version and later are
  // passed over.
  virtual void load(entity_key who, std::uint64_t min_position, std::function<void(result<stored_entity>)> done,
                    std::uint64_t checkpoints_below = any_checkpoint) = 0;
  // The entries of versions [first, first + count), in order; min_position as above.
  virtual void entries(entity_key who, std::uint64_t first, std::uint32_t count, std::uint64_t min_position,
                       std::function<void(result<std::vector<entry>>)> done) = 0;
};

} // namespace ropewalk::actors
