#pragma once
// Checkpoints of an instance as its entries speak of them: before every phase, and on demand. Their ids follow from what the entries
// say, so that a member that holds the entries alone knows them as well, and makes their states from the entries (ADR 16).

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "runtime/workflow/events.hpp"
#include "storage/sealing/seal.hpp"

namespace ropewalk::actors {

// A UUID of the checkpoint's time, and of all of the context but parent and id.
std::string checkpoint_id(const storage::seal_context& of);

struct wanted_checkpoint {
  std::string phase, reason;
};
// The first of a decision's events that wants one decides; the checkpoint is of the version of the decision's last event.
std::optional<wanted_checkpoint> wanted_by(const workflow::event& e);

class told_checkpoints {
public:
  // newest: as many at most.
  told_checkpoints(std::string cluster, entity_key who, std::size_t newest)
      : cluster_(std::move(cluster)), who_(std::move(who)), newest_(newest) {}
  // Entries of the instance in order of version, from its first on. Events of one decision have one recorded time; where another
  // decision has the same, as while a clock that is behind catches up, both count as one.
  void add(const entry& e);
  // In order of version.
  std::deque<storage::seal_context> take();

private:
  void close();

  const std::string cluster_;
  const entity_key who_;
  const std::size_t newest_;
  std::optional<wanted_checkpoint> open_;
  std::uint64_t last_version_ = 0;
  instant last_time_;
  std::string parent_;
  std::deque<storage::seal_context> found_;
};

} // namespace ropewalk::actors
