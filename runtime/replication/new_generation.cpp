// Where the stream is missing, shorter than what members hold, or not the one they know: the lower generations are sealed, and
// the best chain goes on in a stream of its own.

#include <algorithm>
#include <utility>

#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

void member::listed(step_time now, std::uint64_t op, bool known, const std::vector<std::uint64_t>& generations) {
  if (joining_ && op != 0 && op == joining_->list_op) return cluster_looked_for(now, known, generations);
  if (op == 0 || op != (tidy_op_ != 0 && role_ == role::owning ? tidy_op_ : stage_op_)) return;
  if (role_ == role::owning) {
    tidy_op_ = 0;
    if (!known) return;
    for (const std::uint64_t g : generations)
      if (g < position_.generation) effects_.push_back(remove_stream{g});
    return;
  }
  stage_op_ = 0;
  if (!known) ask_again_soon(now);
  if (!known || role_ != role::campaigning || stage_ != stage::listing) return;
  to_seal_.clear();
  for (const std::uint64_t g : generations) {
    if (g > epoch_) return abandon(now, g); // somebody is ahead
    if (g < epoch_) to_seal_.push_back(g);
  }
  // A list may lack the newest for a moment after a restart of the servers.
  if (generation_ != 0 && std::find(to_seal_.begin(), to_seal_.end(), generation_) == to_seal_.end())
    to_seal_.push_back(generation_);
  std::sort(to_seal_.begin(), to_seal_.end());
  target_ = 0;
  sealing_at_.reset();
  if (broken(rule_break::no_seal)) to_seal_.clear();
  enter(now, stage::sealing);
}

void member::act_sealing(step_time now) {
  switch (stage_) {
  case stage::listing: effects_.push_back(list_streams{ask_stream(now)}); return;
  case stage::sealing: {
    if (to_seal_.empty()) {
      // Once more to its end: what was accepted before the seal belongs to the chain.
      const bool readable = target_ != 0 && watch_ && watch_->generation == generation_ && !watch_->foreign;
      if (readable && position_.generation == generation_) return enter(now, stage::rereading);
      return sealed_all(now);
    }
    if (!sealing_at_) {
      effects_.push_back(inspect_stream{ask_stream(now), to_seal_.back()});
      return;
    }
    auto seal = std::make_shared<record>();
    seal->kind = record_kind::seal;
    seal->epoch = epoch_;
    seal->owner = s_.self;
    expected_ = *std::exchange(sealing_at_, std::nullopt);
    effects_.push_back(publish_record{ask_stream(now), to_seal_.back(), expected_, std::move(seal)});
    return;
  }
  case stage::creating: effects_.push_back(create_stream{ask_stream(now), epoch_}); return;
  case stage::founding:
    if (sent_) { // sent before, and no answer: what is stored tells
      effects_.push_back(inspect_stream{ask_stream(now), epoch_});
      return;
    }
    if (!may_open(now, members())) return;
    sent_ = ownership_record(now, record_kind::genesis);
    expected_ = skipped_to_;
    effects_.push_back(publish_record{ask_stream(now), epoch_, expected_, sent_});
    return;
  default: return;
  }
}

void member::sealed_all(step_time now) {
  if (accepted_.epoch > epoch_) return abandon(now, accepted_.epoch);
  enter(now, stage::gathering);
}

void member::gather(step_time now) {
  if (catching_) return;
  chain_point best = head();
  member_name holder;
  if (!broken(rule_break::no_survey))
    for (const auto& [who, v] : votes_)
      if (who != s_.self && less_complete(best, v.what.head)) {
        best = v.what.head;
        holder = who;
      }
  if (holder.empty()) return enter(now, stage::basing);
  catch_up(now, holder, true);
}

// The base must be on this disk before others are told to go on from it.
void member::try_found(step_time now) {
  if (stage_ != stage::basing) return;
  if (!broken(rule_break::volatile_base) && (!changing_.empty() || stored_.head.index < head().index)) return;
  stop_watching();
  enter(now, stage::creating);
}

void member::created(step_time now, std::uint64_t op, stream_change outcome) {
  if (op == 0 || op != stage_op_ || role_ != role::campaigning || stage_ != stage::creating) return;
  stage_op_ = 0;
  if (outcome != stream_change::done) return ask_again_soon(now);
  sent_ = nullptr;
  skipped_to_ = 0;
  enter(now, stage::founding);
}

} // namespace ropewalk::replication
