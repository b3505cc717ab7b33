#include "actors/workflow_checkpoints.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/log.hpp"
#include "runtime/uuid.hpp"
#include "runtime/workflow/events.hpp"
#include "storage/failpoint.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "storage/sha256_stream.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::uint64_t prune_every = 16;         // checkpoints
constexpr std::uint64_t again_bytes_max = 64 << 20; // sealed, of one instance

std::string checkpoint_id(const storage::seal_context& of) {
  storage::sha256_stream hash;
  for (const std::string* text : {&of.cluster, &of.entity.org, &of.entity.id, &of.phase, &of.reason})
    hash.add(std::to_string(text->size())).add(":").add(*text);
  const digest d = hash.add(std::to_string(of.version)).add("/").add(std::to_string(of.time.us)).finish();
  const auto natural = [&](std::size_t from) {
    std::uint64_t n = 0;
    for (std::size_t i = from; i < from + 8; ++i) n = n << 8 | d[i];
    return n;
  };
  return make_uuid7(of.time, natural(0), natural(8));
}

} // namespace

std::optional<workflow_checkpoints::wanted> workflow_checkpoints::wanted_by(const workflow::event& e) {
  if (!workflow::wants_checkpoint(e)) return std::nullopt;
  if (const auto* s = std::get_if<workflow::scheduled>(&e)) return wanted{0, s->phase, "phase"};
  const auto* asked = std::get_if<workflow::checkpointed>(&e);
  return wanted{0, "", asked && !asked->reason.empty() ? asked->reason : "demand"};
}

// Events of one decision have one time, and others very rarely the same: then the later decision's end counts, which is a state that
// the instance had as well.
void workflow_checkpoints::loading(const stored_entity& found) {
  last_ = found.checkpoint;
  if (!env_.replicated) return;
  static const std::string_view wanting[] = {workflow::type_of(workflow::event{workflow::scheduled{}}),
                                             workflow::type_of(workflow::event{workflow::checkpointed{}})};
  std::optional<wanted> open;
  for (std::size_t i = 0; i < found.tail.size(); ++i) {
    const entry_draft& e = found.tail[i].event;
    if (!open && std::find(std::begin(wanting), std::end(wanting), e.type) != std::end(wanting))
      if (const auto event = workflow::decode_event(e.type, e.body)) open = wanted_by(*event);
    if (!open || (i + 1 < found.tail.size() && found.tail[i + 1].event.time == e.time)) continue;
    open->version = e.version;
    lacking_.push_back(*std::exchange(open, std::nullopt));
    if (lacking_.size() > env_.checkpoints_kept) lacking_.pop_front();
  }
}

void workflow_checkpoints::folded(const workflow::workflow_state& state, const entry& e) {
  if (lacking_.empty() || lacking_.front().version != e.event.version) return;
  auto sealed = seal(state, lacking_.front());
  lacking_.pop_front();
  if (!sealed) return log_failure(sealed.error());
  again_bytes_ += sealed->blob_bytes();
  again_.push_back({*std::move(sealed), e.position, {e.index, e.hash}});
  for (; again_bytes_ > again_bytes_max; again_.pop_front()) again_bytes_ -= again_.front().seal.blob_bytes();
}

std::unique_ptr<storage::checkpoint_change> workflow_checkpoints::made_again() {
  if (again_.empty()) return nullptr;
  auto change = std::make_unique<storage::checkpoint_change>();
  change->late.assign(std::make_move_iterator(again_.begin()), std::make_move_iterator(again_.end()));
  change->prune = prune(env_.around.look().now);
  again_.clear();
  again_bytes_ = 0;
  return change;
}

std::unique_ptr<storage::checkpoint_change> workflow_checkpoints::follow(const workflow::workflow_state& state,
                                                                         const workflow::decision& d, bool due) {
  const auto wanting = std::find_if(d.events.begin(), d.events.end(), workflow::wants_checkpoint);
  if (wanting == d.events.end() && !due) return nullptr;
  FAILPOINT("workflow.checkpoint");
  auto sealed = seal(state, wanting == d.events.end() ? wanted{0, "", "growth"} : *wanted_by(*wanting));
  if (!sealed) {
    log_failure(sealed.error());
    return nullptr;
  }
  auto change = std::make_unique<storage::checkpoint_change>();
  change->put = *std::move(sealed);
  if (++made_ % prune_every == 0) change->prune = prune(env_.around.look().now);
  return change;
}

result<storage::pending_seal> workflow_checkpoints::seal(const workflow::workflow_state& state, const wanted& what) {
  storage::seal_context about{env_.cluster, who_, state.version, {}, last_, what.phase, what.reason, state.recorded_at};
  about.id = checkpoint_id(about);
  std::string id = about.id;
  auto sealed = storage::pending_seal::begin(*env_.keys.current(), std::move(about), workflow::encode_state(state));
  if (sealed) last_ = std::move(id);
  return sealed;
}

storage::checkpoint_prune workflow_checkpoints::prune(instant now) const {
  storage::checkpoint_prune rule;
  rule.keep_newest = env_.checkpoints_kept;
  if (env_.checkpoints_age_s > 0) rule.older_than = instant{now.us - env_.checkpoints_age_s * 1'000'000};
  rule.keys = env_.keys.current();
  return rule;
}

void workflow_checkpoints::log_failure(const error& why) const {
  log_line(log_level::error, "a checkpoint could not be made",
           {{"org", who_.org}, {"workflow", who_.id}, {"reason", why.detail}});
}

} // namespace ropewalk::actors
