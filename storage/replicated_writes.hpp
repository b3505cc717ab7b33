#pragma once
// What the journal's writer asks in a cluster: who may write, where entries go, and when they count. Entries and what replication
// itself changes on the disk (replication::change) share one order for each partition; it is decided here, under the
// partition's own lock, and kept by the writer. All calls come on the writer's thread.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/replication/durable_state.hpp"
#include "runtime/result.hpp"

namespace ropewalk::storage {

class journal;
struct submission;

class replicated_writes {
public:
  using change_list = std::vector<replication::change>;
  virtual ~replicated_writes() = default;

  // What p's disk has to take next, in order; each is handed out once.
  virtual change_list take_changes(partition_id p) = 0;
  // Gives the entries of one submission (none: a barrier) their places behind the partition's head, or refuses them: this node
  // does not own p in that generation. before: as take_changes(), to be written before the entries.
  virtual status_result place(partition_id p, std::uint64_t generation, std::span<entry> entries,
                              change_list& before) = 0;

  // After a commit, in the order in which they were handed out:
  virtual void changed(partition_id p, std::uint64_t op, bool cut) = 0;
  // Takes the listener along: told once the entries (none: all that was placed before) are safe at the submission's level.
  virtual void stored(partition_id p, submission& s, std::vector<entry> entries, const receipt& r) = 0;

  // A group failed and is gone, and the journal may be used again: all begins anew from what the disk holds. Where that cannot be
  // read, the node must stop.
  virtual status_result begin_again(journal& file) = 0;
  // Of one partition, whose entries were moved to quarantine by an operator's order (relearning in membership.hpp).
  virtual status_result begin_again(journal& file, partition_id p) = 0;
};

} // namespace ropewalk::storage
