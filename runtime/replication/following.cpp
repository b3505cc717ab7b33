// A member that follows: reads the stream, keeps what is accepted, tells the owner what is durable, gives promises.

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

void member::watch_stream(std::uint64_t generation) {
  watch w;
  w.op = new_op();
  w.generation = generation;
  if (generation == position_.generation) {
    // One record that is here already is read again: a stream that was emptied and filled anew would
    // otherwise be taken for the old one.
    w.next = position_.sequence;
    w.fold = {generation, true, position_.sealed, accepted_};
  } else {
    w.known = true;
    w.fold.generation = generation;
  }
  effects_.push_back(follow_stream{w.op, generation, w.next});
  watch_ = std::move(w);
}

void member::stop_watching() {
  if (!watch_) return;
  watch_.reset();
  effects_.push_back(unfollow{});
}

void member::stream_gap(step_time now, std::uint64_t op, std::uint64_t first) {
  if (!watch_ || watch_->op != op) return;
  if (!watch_->known && first == watch_->next + 1) {
    // Trimmed up to what is here: the chain itself tells whether it goes on.
    watch_->known = true;
    watch_->next = first;
    const std::uint64_t again = watch_->op = new_op();
    effects_.push_back(follow_stream{again, watch_->generation, first});
    return read_on(now);
  }
  watch_->gap = true;
  if (first == 0) watch_->foreign = true;
  read_on(now);
}

void member::stream_record(step_time now, std::uint64_t op, std::uint64_t sequence, const digest& bytes,
                           const std::shared_ptr<const record>& decoded) {
  if (!watch_ || watch_->op != op || watch_->foreign || watch_->gap) return;
  if (sequence < watch_->next) return;
  if (sequence > watch_->next && !watch_->known) { // else what stood between was removed, and nobody had it
    watch_->gap = true;
    return read_on(now);
  }
  watch_->next = sequence + 1;
  if (!watch_->known) {
    watch_->known = true;
    watch_->foreign = bytes != position_.record;
    return read_on(now);
  }
  const std::uint64_t generation = watch_->generation;
  const verdict v = decoded ? follow(watch_->fold, *decoded, s_.hash_of) : verdict::malformed;
  if (v == verdict::accepted) {
    accept(now, *decoded, {generation, sequence, bytes, decoded->kind == record_kind::seal});
  } else {
    effects_.push_back(record_refused{generation, sequence, v});
    if (decoded && !decoded->entries.empty() && decoded->epoch >= accepted_.epoch &&
        decoded->entries.back()->index > accepted_.index)
      forked_epoch_ = decoded->epoch;
    if (generation == position_.generation) {
      position_.sequence = sequence;
      position_.record = bytes;
    }
    // The store lost its beginning and grew again: what stood there comes from a peer.
    const bool begins_later = v == verdict::misplaced && !watch_->fold.begun && decoded->kind != record_kind::seal;
    if (begins_later && role_ == role::following) watch_->gap = true;
  }
  read_on(now);
}

// Whether this chain holds base; what is beyond it is given up.
bool member::reach_base(const chain_point& base, const chain_point& first, adoption& a) {
  if (base == accepted_) return true;
  if (base.index > accepted_.index) {
    const std::uint64_t beyond = base.index - accepted_.index;
    if (beyond > tail_.size() || tail_[beyond - 1]->hash != base.hash) return false;
    tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(beyond));
    return true;
  }
  if (!changing_.empty() || chain_.at(base.index) != base) return false;
  // What follows base here is not of this generation, or nothing is: entries that may have been acknowledged as durable are
  // never cut off to be read again.
  const auto next = chain_.at(base.index + 1);
  if (!next || *next == first) return false;
  tail_.clear();
  a.keep_upto = base.index;
  return true;
}

void member::adopt_entries(const record& r, adoption& a) {
  auto next = r.entries.begin();
  for (; next != r.entries.end() && !tail_.empty() && tail_.front()->hash == (*next)->hash; ++next) tail_.pop_front();
  if (next == r.entries.end()) {
    a.keep_upto = tail_.empty() ? r.entries.back()->index : tail_.back()->index;
    return;
  }
  tail_.clear();
  a.keep_upto = (*next)->index - 1;
  a.entries.assign(next, r.entries.end());
}

void member::accept(step_time now, const record& r, const stream_position& at) {
  if (!knows(r.entries)) return;
  change c;
  c.adopted.emplace();
  if (r.kind == record_kind::genesis && !reach_base(r.base, point_of(*r.entries.front()), *c.adopted)) {
    // Its base is not here: entries come from who has it, and with them a position in this stream. Who wrote it is
    // asked first; it may have lost its disk since, and may be this member itself, of before it lost its disk.
    stop_watching();
    if (role_ == role::campaigning) return abandon(now, r.epoch);
    return catch_up(now, asked_last_ == r.owner || r.owner == s_.self ? next_peer() : r.owner, false);
  }
  position_ = at;
  forked_epoch_ = 0;
  if (r.kind == record_kind::seal) {
    c.adopted->keep_upto = head().index;
  } else {
    adopt_entries(r, *c.adopted);
    accepted_ = point_of(*r.entries.back());
    owner_ = r.owner;
  }
  c.adopted->accepted = accepted_;
  c.adopted->position = position_;
  if (r.kind != record_kind::seal && r.epoch > promised_.epoch) {
    promised_ = {r.epoch, r.owner};
    c.promised = promised_;
  }
  seen_epoch_ = std::max(seen_epoch_, r.epoch);
  // An owner's own entries are on their way to the disk already; the position follows with the next change.
  if (goes_on(r.kind) && role_ == role::owning && c.adopted->entries.empty()) return report_progress();
  persist(std::move(c));
  if (role_ == role::owning && (position_.sealed || accepted_.epoch != epoch_))
    step_down(now, position_.sealed ? "the stream is sealed" : "a newer owner wrote into the stream");
}

void member::note_position() {
  if (!changing_.empty() || stored_.position == position_ || stored_.head.index < accepted_.index) return;
  change c;
  c.adopted = {head().index, {}, accepted_, position_};
  persist(std::move(c));
}

bool member::may_acknowledge() const {
  if (!standing_.full && !broken(rule_break::wiped_votes)) return false;
  if (stored_.standing != standing_ && !broken(rule_break::wiped_votes)) return false;
  return promised_.epoch <= stored_.accepted.epoch || broken(rule_break::ack_after_promise);
}

void member::tell_durable() {
  if (role_ == role::owning || owner_.empty() || owner_ == s_.self || stored_.accepted.epoch != accepted_.epoch) return;
  if (stored_.accepted == told_ || !may_acknowledge()) return;
  told_ = stored_.accepted;
  send(owner_, durable{told_.epoch, told_, stored_.position});
}

void member::on_beat(step_time now, const message& m, const beat& b) {
  learn(b.incarnations);
  seen_epoch_ = std::max(seen_epoch_, b.epoch);
  if (b.epoch < promised_.epoch) {
    send(m.from, refusal{b.epoch, broken(rule_break::silent_refusal) ? 0 : promised_.epoch, incarnations_, members()},
         m.incarnation);
    return;
  }
  if (role_ == role::owning) {
    if (b.epoch > epoch_) step_down(now, "a newer owner beats");
    return;
  }
  if (role_ == role::campaigning && b.epoch >= epoch_) abandon(now, b.epoch);
  last_heard_us_ = last_beat_us_ = now.us;
  failed_campaigns_ = 0;
  await(m.from);
  draw_patience();
  owner_ = m.from;
  if (b.epoch > moved_here_after_) moved_here_after_ = 0; // somebody else has it since
  note_in_step(now, b);
  if (role_ == role::following && !catching_) {
    const bool reads_it = watch_ && watch_->generation == b.generation;
    if (!reads_it && b.generation >= position_.generation) watch_stream(b.generation);
    else if (!reads_it || watch_->gap || watch_->foreign)
      catch_up(now, m.from, false); // a generation of our own that came to nothing is left for the owner's
  }
  if (forked_epoch_ == b.epoch && position_.generation == b.generation)
    return send(m.from, fork_seen{b.epoch}, m.incarnation);
  if (stored_.accepted.epoch != b.epoch || !may_acknowledge())
    return send(m.from,
                beat_answer{b.epoch, std::nullopt, stored_.accepted, stored_.position, s_.level, resting_ || lags_},
                m.incarnation);
  granted_until_us_ = now.us + s_.lease_us;
  granted_epoch_ = b.epoch;
  told_ = stored_.accepted;
  send(m.from, beat_answer{b.epoch, b.sent_us, stored_.accepted, stored_.position, s_.level, resting_ || lags_},
       m.incarnation);
}

// The oldest beat that is not reached yet is kept: under load the disk is always a little behind the newest one.
void member::note_in_step(step_time now, const beat& b) {
  if (behind_ && behind_->epoch != b.epoch) behind_.reset();
  if (!b.accepted) return;
  if (stored_.accepted.epoch == b.epoch && stored_.accepted.index >= *b.accepted) {
    behind_.reset();
    in_step_us_ = now.us;
  } else if (!behind_) {
    behind_ = owner_at{now.us, b.epoch, *b.accepted};
  }
}

// An owner may still be serving reads on the strength of what this member answered.
bool member::lease_given(step_time now, const prepare& p) const {
  if (broken(rule_break::no_lease_wait)) return false;
  if (p.released != 0 && p.released == std::max(granted_epoch_, accepted_.epoch)) return false;
  if (role_ == role::owning) return acknowledges(now);
  return granted_until_us_ > now.us;
}

void member::on_prepare(step_time now, const message& m, const prepare& p) {
  if (!standing_.full && !broken(rule_break::wiped_votes)) return; // it may have promised otherwise and forgotten
  seen_epoch_ = std::max(seen_epoch_, p.epoch);
  const bool again = p.epoch == promised_.epoch && m.from == promised_.to;
  // Who is no member may not keep others from their work; who was made one lately knows a longer chain than this one.
  const bool outsider_asks = !members().keeps(m.from) && p.members.index <= members().index;
  if (!again && (p.epoch <= promised_.epoch || outsider_asks || lease_given(now, p))) {
    send(m.from, refusal{p.epoch, broken(rule_break::silent_refusal) ? 0 : promised_.epoch, incarnations_, members()},
         m.incarnation);
    return;
  }
  if (!again) {
    if (role_ == role::owning) step_down(now, m.from + " takes over");
    if (role_ == role::campaigning) abandon(now, p.epoch);
    keep_promise(p.epoch, m.from);
  }
  last_heard_us_ = now.us; // it gets its time
  await(m.from);
  if (stored_.promised == promised_) answer_prepare(m.from, m.incarnation);
  else waiting_candidate_ = {changing_.back().op, m.from, m.incarnation};
}

// Only what is on the disk: whoever takes over counts on it.
void member::answer_prepare(const member_name& to, std::uint64_t incarnation) {
  if (promised_.to != to) return;
  const chain_point& there = less_complete(stored_.head, stored_.accepted) ? stored_.accepted : stored_.head;
  send(to, promise{promised_.epoch, stored_.accepted, there, stored_.position, incarnations_, *stored_.members},
       incarnation);
}

void member::on_release(step_time now, const message& m, const release& r) {
  if (!standing_.full || role_ != role::following || !members().keeps(s_.self) || r.epoch != accepted_.epoch ||
      m.from != owner_)
    return;
  campaign(now, r.epoch);
  moved_here_after_ = r.moved ? r.epoch : 0;
  if (r.moved && std::exchange(resting_, false)) rank();
}

bool member::suspects_owner(step_time now) const {
  if (!members().keeps(s_.self) && !broken(rule_break::removed_campaigns)) return false;
  if (now.us - heard_self_us_ >= s_.lease_us) return false; // it is this member that nobody hears
  if (now.us < granted_until_us_ && !broken(rule_break::no_lease_wait)) return false;
  const bool first_of_all = promised_.epoch == 0 && accepted_.epoch == 0;
  return now.us - last_heard_us_ > (first_of_all ? 0 : s_.lease_us) + patience_us_;
}

void member::tick_following(step_time now) {
  if (catching_ && now.us > catching_->give_up_us) catch_up(now, next_peer(), false);
  if (watch_ && (watch_->gap || watch_->foreign) && !catching_) catch_up(now, next_peer(), false);
  note_position();
  // On its way out it never takes over, and may hear nothing more where others went on in another stream.
  if (!outsider() && !members().keeps(s_.self) && !catching_ && now.us - last_heard_us_ > 2 * s_.lease_us) {
    last_heard_us_ = now.us;
    catch_up(now, next_peer(), false);
  }
  if ((standing_.full || broken(rule_break::wiped_votes)) && suspects_owner(now)) campaign(now, 0);
}

} // namespace ropewalk::replication
