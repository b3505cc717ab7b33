#include "actors/checkpoint_retention.hpp"

#include <utility>

#include "actors/log.hpp"
#include "storage/sealing/keyring_file.hpp"

namespace ropewalk::actors {

storage::checkpoint_prune retention_of(const entity_environment& env) {
  storage::checkpoint_prune rule;
  rule.keep_newest = env.checkpoints_kept;
  if (env.checkpoints_age_s > 0)
    rule.older_than = instant{env.around.look().now.us - env.checkpoints_age_s * 1'000'000};
  rule.keys = env.keys.current();
  return rule;
}

void checkpoint_retention::look(clock::time_point now) {
  if (now < next_) return;
  storage::checkpoint_sweep what;
  {
    const std::scoped_lock lock(answer_->mutex);
    if (answer_->due) return;
    if (std::exchange(asked_, false) && (!answer_->after || answer_->failed)) { // the end of a round
      answer_->after.reset();
      answer_->failed = false;
      next_ = now + between_rounds;
      return;
    }
    what.after = answer_->after;
    answer_->due = asked_ = true;
  }
  next_ = now + between_batches;
  what.rule = retention_of(env_);
  env_.journal.sweep(std::move(what), [to = answer_](const result<std::optional<entity_key>>& swept) {
    if (!swept && swept.error().code != errc::unavailable)
      log_line(log_level::warn, "old checkpoints cannot be removed", {{"reason", swept.error().detail}});
    const std::scoped_lock lock(to->mutex);
    to->due = false;
    to->failed = !swept;
    if (swept) to->after = *swept;
  });
}

} // namespace ropewalk::actors
