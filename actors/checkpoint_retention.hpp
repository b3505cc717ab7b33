#pragma once
// Keeps as many checkpoints as the operator asks for, of instances that make none any more as well: an instance prunes its
// own while it is active, and this goes through all that are on this node's disk, a few at a time, soon after a start
// and then every minute. In a cluster each member prunes its own disk.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "actors/entity_environment.hpp"
#include "storage/checkpoint_rows.hpp"

namespace ropewalk::actors {

// What may go of any instance, by the operator's settings.
storage::checkpoint_prune retention_of(const entity_environment& env);

// One thread looks; it never blocks.
class checkpoint_retention {
public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_after{5'000}, between_batches{500}, between_rounds{60'000};

  explicit checkpoint_retention(entity_environment& env, clock::time_point now) : env_(env), next_(now + first_after) {}

  void look(clock::time_point now);

private:
  // What the journal's thread tells; it may do so after this has gone.
  struct answer {
    std::mutex mutex;
    bool due = false; // under way
    std::optional<entity_key> after;
    bool failed = false;
  };

  entity_environment& env_;
  clock::time_point next_;
  const std::shared_ptr<answer> answer_ = std::make_shared<answer>();
  bool asked_ = false;
};

} // namespace ropewalk::actors
