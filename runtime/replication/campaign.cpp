// A takeover: promises, the end of the stream, OPEN; or a new generation where the stream is not what members hold.

#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::uint32_t doublings = 5; // of the pause after failed campaigns: a minute at most with the default lease

} // namespace

// The first goes at once, and its question reaches all others within their stagger.
void member::draw_patience() {
  patience_us_ = rank_ == 0 ? 0 : rank_ * s_.stagger_us + jitter(s_.stagger_us);
  if (failed_campaigns_ > 0) patience_us_ += jitter(s_.retry_us << std::min(failed_campaigns_, doublings));
}

void member::campaign(step_time now, std::uint64_t released) {
  INVARIANT(role_ == role::following, static_cast<int>(role_));
  catching_.reset();
  role_ = role::campaigning;
  epoch_ = std::max({promised_.epoch, seen_epoch_, accepted_.epoch}) + 1;
  released_ = released;
  campaign_until_us_ = now.us + s_.campaign_us;
  votes_.clear();
  stranger_to_.clear();
  peers_.clear();
  to_seal_.clear();
  sent_ = nullptr;
  base_.reset();
  unfit_ = stream_differs_ = false;
  opened_index_ = 0;
  keep_promise(epoch_, s_.self);
  self_vote_op_ = changing_.back().op;
  next_beat_us_ = now.us + s_.beat_us;
  enter(now, stage::promising);
}

void member::abandon(step_time now, std::uint64_t seen_epoch) {
  seen_epoch_ = std::max(seen_epoch_, seen_epoch);
  role_ = role::following;
  stage_op_ = 0;
  sent_ = nullptr;
  ++failed_campaigns_;
  draw_patience();
  // Who lost to somebody waits for him; who just failed tries again after its patience alone.
  last_heard_us_ = now.us - s_.lease_us;
  if (catching_) catching_.reset();
  if (position_.generation != 0 && (!watch_ || watch_->generation < position_.generation))
    watch_stream(position_.generation);
}

void member::enter(step_time now, stage next) {
  stage_ = next;
  stage_op_ = 0;
  act(now);
}

// Does, or does again, what the stage is about.
void member::act(step_time now) {
  retry_at_us_ = now.us + s_.retry_us;
  switch (stage_) {
  case stage::promising:
    for (const member_name& other : others())
      if (!votes_.contains(other)) send(other, prepare{epoch_, released_, members()});
    return;
  case stage::locating: effects_.push_back(inspect_stream{ask_stream(now), generation_}); return;
  case stage::flushing:
  case stage::opening:
    expected_ = std::max(position_.sequence, skipped_to_);
    effects_.push_back(publish_record{ask_stream(now), position_.generation, expected_, sent_});
    return;
  case stage::reading:
  case stage::rereading: return read_on(now);
  case stage::listing:
  case stage::sealing:
  case stage::creating:
  case stage::founding: return act_sealing(now);
  case stage::gathering: return gather(now);
  case stage::basing: return try_found(now);
  case stage::confirming: send_beats(now); return try_confirm(now);
  }
}

// An op for a question to a stream, which is not asked again before its answer had its time.
std::uint64_t member::ask_stream(step_time now) {
  retry_at_us_ = now.us + s_.answer_us;
  return stage_op_ = new_op();
}

void member::tick_campaigning(step_time now) {
  if (now.us > campaign_until_us_) {
    abandon(now, 0);
    last_heard_us_ = now.us + s_.lease_us / 2; // others may reach what this member does not
    if (!stranger_to_.empty()) catch_up(now, stranger_to_, false); // what its chain has more counts, and nothing else
    return;
  }
  if (stage_ == stage::promising && surveyed()) return survey_done(now);
  if (stage_ != stage::promising && stage_ != stage::confirming && now.us >= next_beat_us_) {
    // To seal and to create streams can take longer than others wait for an owner: they hear that somebody is at it.
    next_beat_us_ = now.us + s_.beat_us;
    send_others(prepare{epoch_, released_, members()});
  }
  if (now.us < retry_at_us_) return;
  if (catching_) {
    if (now.us > catching_->give_up_us) abandon(now, 0);
    return;
  }
  switch (stage_) {
  case stage::reading: return enter(now, stage::locating); // the reader may have died with its server
  case stage::flushing:
  case stage::opening: return enter(now, stage::locating); // unknown: what is stored tells
  default: return act(now);
  }
}

void member::on_promise(step_time now, const message& m, const promise& p) {
  if (role_ != role::campaigning || stage_ != stage::promising || p.epoch != epoch_) return;
  votes_[m.from] = {p, m.incarnation};
  learn(p.incarnations); // may take votes back that a disk has forgotten
  if (surveyed()) survey_done(now);
}

void member::on_refusal(step_time now, const message& m, const refusal& r) {
  learn(r.incarnations);
  seen_epoch_ = std::max(seen_epoch_, r.promised);
  if (r.epoch != epoch_) return;
  hear_of_removal(now, m, r.members);
  if (r.promised < epoch_) {
    // Nothing is in the way there but a lease: of the same beat, heard a moment later, or of one that was lost on its way here.
    const std::int64_t began_us = campaign_until_us_ - s_.campaign_us;
    if (role_ == role::campaigning && stage_ == stage::promising && now.us - began_us < s_.beat_us) retry_at_us_ = now.us;
    return;
  }
  if (role_ == role::campaigning) return abandon(now, r.promised);
  // A member has promised more: only with a higher epoch do its acknowledgements count again.
  if (role_ == role::owning && r.promised > epoch_) {
    succeed_itself(now, m.from + " has promised a higher epoch");
  }
}

void member::survey_done(step_time now) {
  generation_ = position_.generation;
  chain_point best = generation_ == 0 ? chain_point{} : accepted_;
  member_name holder = s_.self;
  for (const auto& [who, v] : votes_)
    if (v.what.position.generation != 0 && less_complete(best, v.what.accepted)) {
      best = v.what.accepted;
      generation_ = v.what.position.generation;
      holder = who;
    }
  if (generation_ == 0 || stream_differs_) {
    unfit_ = true;
    return enter(now, stage::listing);
  }
  if (holder != s_.self && generation_ != position_.generation) {
    // In a stream that this member does not know it would have to begin in front.
    stage_ = stage::locating;
    stage_op_ = 0;
    return catch_up(now, holder, false);
  }
  enter(now, stage::locating);
}

// After each record, and whenever the reader got into trouble.
void member::read_on(step_time now) {
  if (halted_) return;
  if (role_ == role::owning && trouble_ == trouble::reading) {
    if (watch_ && (watch_->foreign || watch_->gap)) return succeed_itself(now, "another stream stands in its place");
    if (watch_ && watch_->next > target_) return resolved(now);
    return;
  }
  if (role_ != role::campaigning || catching_) return;
  if (stage_ == stage::founding) {
    if (accepted_.epoch == epoch_ && owner_ == s_.self) enter(now, stage::confirming);
    return;
  }
  if (stage_ != stage::reading && stage_ != stage::rereading) return;
  if (!watch_ || watch_->generation != generation_) watch_stream(generation_);
  if (watch_->foreign) {
    unfit_ = true;
    return stage_ == stage::reading ? enter(now, stage::listing) : sealed_all(now);
  }
  if (watch_->gap) {
    // What was trimmed is on the members' disks: one of those that were asked is further in this stream.
    const vote* best = nullptr;
    member_name who;
    for (const auto& [name, v] : votes_)
      if (name != s_.self && v.what.position.generation == generation_ &&
          (!best || best->what.position.sequence < v.what.position.sequence)) {
        best = &v;
        who = name;
      }
    if (best && (position_.generation != generation_ || best->what.position.sequence > position_.sequence))
      return catch_up(now, who, false);
    unfit_ = true;
    return stage_ == stage::reading ? enter(now, stage::listing) : sealed_all(now);
  }
  if (watch_->next <= target_) return;
  return stage_ == stage::reading ? judge_stream(now) : sealed_all(now);
}

// The stream is read to its end. Does it hold what the best of the asked members holds?
void member::judge_stream(step_time now) {
  if (accepted_.epoch > epoch_) return abandon(now, accepted_.epoch);
  if (accepted_.epoch == epoch_ && owner_ == s_.self) return enter(now, stage::confirming);
  bool behind = position_.generation != generation_ || position_.sealed;
  if (!broken(rule_break::no_survey))
    for (const auto& [who, v] : votes_)
      // An owner that was restarted does not know how far its last entries were accepted: what the stream has lost of
      // them since may be on N+1 disks, and be told by that one alone.
      behind = behind || less_complete(accepted_, who == s_.self || broken(rule_break::accepted_alone) ? v.what.accepted
                                                                                                     : v.what.head);
  if (behind) {
    unfit_ = true;
    return enter(now, stage::listing);
  }
  if (!tail_.empty() && tail_.front()->epoch == accepted_.epoch) {
    sent_ = data_record();
    return enter(now, stage::flushing);
  }
  if (!may_open(now, *members_at(accepted_.index))) return;
  sent_ = ownership_record(now, record_kind::open);
  enter(now, stage::opening);
}

void member::published(step_time now, std::uint64_t op, const publish_outcome& outcome, const digest& bytes) {
  if (op == 0) return;
  using kind = publish_outcome::kind;
  const bool stored = outcome.what == kind::stored;
  if (role_ == role::owning) {
    if (op != publish_op_) return;
    if (outcome.declined) { // at once it would be declined again
      if (outcome.removed) removed_at_ = expected_ + 1;
      publish_deadline_us_ = now.us + 8 * s_.retry_us;
      return;
    }
    publish_op_ = 0;
    if (outcome.what == kind::too_large) {
      if (!splits(*sent_)) {
        tell_too_large(*sent_);
        too_large_until_us_ = now.us + 4 * s_.lease_us; // an operator may have changed the server by then
      }
      sent_ = nullptr;
      return publish_tail();
    }
    if (stored && (outcome.sequence == expected_ + 1 || broken(rule_break::trust_publish)))
      return own_record_accepted(now, {position_.generation, outcome.sequence, bytes, false});
    return resolve(now);
  }
  if (role_ != role::campaigning || op != stage_op_) return;
  stage_op_ = 0;
  if (outcome.what == kind::unknown) ask_again_soon(now);
  if (outcome.what == kind::too_large) {
    if (sent_ && splits(*sent_)) return enter(now, stage::locating);
    if (sent_) tell_too_large(*sent_);
    abandon(now, 0);
    last_heard_us_ = now.us + s_.lease_us / 2;
    return;
  }
  const bool counts = stored && (outcome.sequence == expected_ + 1 || broken(rule_break::trust_publish));
  switch (stage_) {
  case stage::flushing:
  case stage::opening:
    if (!counts) return outcome.what == kind::unknown ? void() : enter(now, stage::locating);
    if (position_.sequence < outcome.sequence)
      own_record_accepted(now, {position_.generation, outcome.sequence, bytes, false});
    if (role_ == role::campaigning) judge_stream(now);
    return;
  case stage::sealing:
    if (counts) {
      if (to_seal_.back() == generation_) target_ = outcome.sequence;
      to_seal_.pop_back();
      return act(now);
    }
    sealing_at_.reset();
    if (outcome.what == kind::missing) to_seal_.pop_back();
    return outcome.what == kind::unknown ? void() : act(now);
  case stage::founding:
    if (counts) {
      if (position_.generation < epoch_) own_record_accepted(now, {epoch_, outcome.sequence, bytes, false});
      return role_ == role::campaigning ? enter(now, stage::confirming) : void();
    }
    return outcome.what == kind::missing ? enter(now, stage::creating) : void();
  default: return;
  }
}

std::shared_ptr<const record> member::ownership_record(step_time now, record_kind kind) const {
  auto e = std::make_shared<entry>();
  const chain_point base = kind == record_kind::genesis ? head() : accepted_;
  e->partition = s_.partition;
  e->index = base.index + 1;
  e->epoch = epoch_;
  e->entity = {"", entity_kind::partition, "p" + std::to_string(s_.partition.value)};
  e->event.type = "owned";
  e->event.body = "{\"owner\":\"" + s_.self + "\"}";
  e->event.version = epoch_;
  e->event.time = now.wall;
  e->prev_hash = base.hash;
  e->hash = s_.hash_of(*e);
  auto r = std::make_shared<record>();
  r->kind = kind;
  r->epoch = epoch_;
  r->owner = s_.self;
  r->base = base;
  r->entries.push_back(std::move(e));
  return r;
}

// Stored at the expected place, so all readers accept it as this member does.
void member::own_record_accepted(step_time now, const stream_position& at) {
  const std::shared_ptr<const record> sent = std::exchange(sent_, nullptr);
  const record& r = *sent;
  if (watch_ && watch_->generation == at.generation && watch_->known) {
    follow(watch_->fold, r, s_.hash_of);
    watch_->next = std::max(watch_->next, at.sequence + 1);
  }
  if (goes_on(r.kind) && role_ == role::owning) {
    for (std::size_t n = r.entries.size(); n > 0 && !tail_.empty(); --n) tail_.pop_front();
    accepted_ = point_of(*r.entries.back());
    position_ = at;
    report_progress();
    settle_reads(now);
    return publish_tail();
  }
  accept(now, r, at);
}

void member::try_confirm(step_time now) {
  const bool durable_here =
      (stored_.accepted == accepted_ && accepted_.epoch == epoch_) || broken(rule_break::volatile_base);
  if (durable_here && (peers_durable() >= accepted_.index || broken(rule_break::early_serve))) begin_owning(now);
}

} // namespace ropewalk::replication
