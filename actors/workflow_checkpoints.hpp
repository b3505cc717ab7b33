#pragma once
// The checkpoints of one instance: before every phase, on demand, and where the tail has grown long without either.
//
// Only entries are replicated. So a checkpoint's id follows from what the journal says of it, and who comes to own an instance makes
// those again that it lacks, from the entries that it loads: the newest ones, as many as are kept. "growth" is for one disk alone.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "actors/entity_environment.hpp"
#include "actors/entity_storage.hpp"
#include "runtime/workflow/machine.hpp"
#include "storage/checkpoint_rows.hpp"

namespace ropewalk::actors {

class workflow_checkpoints {
public:
  workflow_checkpoints(entity_environment& env, const entity_key& who) : env_(env), who_(who) {}

  // Before the tail's first entry is folded.
  void loading(const stored_entity& found);
  // Behind each.
  void folded(const workflow::workflow_state& state, const entry& e);
  // What was made again; null: nothing.
  std::unique_ptr<storage::checkpoint_change> made_again();

  // To go with the decision's events, which the state has already; null: none. due: the tail has grown long.
  std::unique_ptr<storage::checkpoint_change> follow(const workflow::workflow_state& state, const workflow::decision& d,
                                                     bool due);

private:
  struct wanted {
    std::uint64_t version = 0; // of the last event of its decision
    std::string phase, reason;
  };
  static std::optional<wanted> wanted_by(const workflow::event& e);
  result<storage::pending_seal> seal(const workflow::workflow_state& state, const wanted& what);
  storage::checkpoint_prune prune(instant now) const;
  void log_failure(const error& why) const;

  entity_environment& env_;
  const entity_key& who_;
  std::string last_; // id
  std::uint64_t made_ = 0;
  std::deque<wanted> lacking_; // in order of version
  std::deque<storage::late_checkpoint> again_;
  std::uint64_t again_bytes_ = 0;
};

} // namespace ropewalk::actors
