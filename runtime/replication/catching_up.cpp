// Entries from a peer, where the stream does not hold them any more, or never did on this side of a fork.

#include <algorithm>
#include <utility>

#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

void member::catch_up(step_time now, const member_name& peer, bool with_tail) {
  stop_watching();
  if (peer.empty() || peer == s_.self) {
    catching_.reset();
    return;
  }
  asked_last_ = peer;
  catching_ = catching{0, peer, with_tail, now.us + 4 * s_.retry_us};
  if (changing_.empty()) ask_chunk(); // else once the disk shows what memory knows
}

// Places from the head backwards, in steps that double, and what is accepted: a peer finds where the chains part in one look, and
// never before what both accepted.
void member::ask_chunk() {
  catching_->id = new_op();
  fetch f;
  f.id = catching_->id;
  f.with_tail = catching_->with_tail;
  if (!catching_->begun.empty()) f.probes.push_back(point_of(*catching_->begun.back()));
  const std::uint64_t top = head().index;
  std::uint64_t before = top + 1;
  for (std::uint64_t back = 0; before > 0; back = back == 0 ? 1 : back * 2) {
    const std::uint64_t index = back >= top ? 0 : top - back;
    if (index < accepted_.index && accepted_.index < before) f.probes.push_back(accepted_);
    if (const auto p = chain_.at(index)) f.probes.push_back(*p);
    before = index;
  }
  send(catching_->peer, std::move(f));
}

void member::on_fetch(const message& m, const fetch& f) {
  const chain_point top = f.with_tail && !tail_.empty() && stored_.head == head() ? head() : stored_.accepted;
  for (const chain_point& probe : f.probes) {
    if (probe.index > top.index || chain_.at(probe.index) != probe) continue;
    chunk c;
    c.id = f.id;
    c.fork = probe;
    if (top.index > probe.index) c.entries = chain_.read(probe.index + 1, top.index, record_limits::group);
    c.accepted = stored_.accepted;
    c.position = stored_.position;
    c.whole = (c.entries.empty() ? probe.index : c.entries.back()->index) == top.index;
    return send(m.from, std::move(c), m.incarnation);
  }
}

// In turn: the one asked last may have had nothing new.
member_name member::next_peer() {
  const std::vector<member_name> known = others();
  if (known.empty()) return {};
  const auto at = std::find(known.begin(), known.end(), asked_last_);
  return at == known.end() || std::next(at) == known.end() ? known.front() : *std::next(at);
}

namespace {

// Any epochs that do not fall, chained from fork. behind_accepted: what the peer accepted is on this side of the fork, as in the
// further pieces of a long tail.
bool chained_over_epochs(const chunk& c, bool behind_accepted, entry_hasher hash_of) {
  chain_point at = c.fork;
  bool meets_accepted = behind_accepted || at == c.accepted;
  for (const entry_ptr& e : c.entries) {
    if (e->epoch < at.epoch || !chained(at, e->epoch, {e}, hash_of)) return false;
    if (names_members(*e) && !read_members(*e)) return false;
    at = point_of(*e);
    meets_accepted = meets_accepted || at == c.accepted;
  }
  return meets_accepted || (!c.whole && at.index < c.accepted.index);
}

} // namespace

// A peer closes a piece by its bytes, wherever that is in a command. Half of one on this disk could become the truth: as this
// member's head in a takeover, when who has the rest is gone.
void member::keep_begun(chunk& c) {
  auto begin = c.entries.begin();
  for (auto next = begin; next != c.entries.end(); next = end_of_command(begin, c.entries.end())) begin = next;
  catching_->begun.assign(begin, c.entries.end());
  c.entries.erase(begin, c.entries.end());
  catching_->begun_at = c.entries.empty() ? c.fork : point_of(*c.entries.back());
}

void member::put_begun_before(chunk& c) {
  const std::vector<entry_ptr> begun = std::exchange(catching_->begun, {});
  if (begun.empty() || c.fork != point_of(*begun.back())) return;
  c.fork = catching_->begun_at;
  c.entries.insert(c.entries.begin(), begun.begin(), begun.end());
}

void member::on_chunk(step_time now, const message& m, const chunk& piece) {
  if (!catching_ || catching_->id != piece.id || m.from != catching_->peer) return;
  if (!changing_.empty()) {
    catching_->id = 0; // its probes are of an older chain: asked again once the disk shows the new one
    return;
  }
  chunk c = piece;
  put_begun_before(c);
  const bool behind_accepted = c.accepted.index < c.fork.index && chain_.at(c.accepted.index) == c.accepted;
  if (chain_.at(c.fork.index) != c.fork || !chained_over_epochs(c, behind_accepted, s_.hash_of) ||
      less_complete(c.accepted, accepted_)) {
    if (role_ == role::campaigning) return abandon(now, 0);
    catching_->give_up_us = now.us; // another peer, with the next tick
    return;
  }
  if (!knows(c.entries)) return;
  if (!c.whole && !broken(rule_break::half_commands)) {
    keep_begun(c);
    if (piece.entries.empty()) return; // another peer, in time
    if (c.entries.empty()) {
      catching_->give_up_us = now.us + 4 * s_.retry_us;
      return ask_chunk();
    }
  }
  std::uint64_t keep = c.fork.index;
  auto next = c.entries.begin();
  while (next != c.entries.end() && chain_.at((*next)->index) == point_of(**next)) keep = (*next++)->index;
  const bool before_the_cluster = joining_ && c.position.generation == 0 && outside_clusters();
  if (before_the_cluster && keep < head().index) { // nothing says which of two histories to cut
    catching_->give_up_us = now.us;
    return;
  }
  const chain_point last = c.entries.empty() ? c.fork : point_of(*c.entries.back());
  // A peer whose entries are all here says nothing of what this member wrote behind them as an owner: N may hold that.
  const bool adds_nothing = next == c.entries.end() && last.index >= accepted_.index;
  adoption a;
  a.keep_upto = adds_nothing ? head().index : keep;
  a.entries.assign(next, c.entries.end());
  while (!adds_nothing && !tail_.empty() && tail_.back()->index > keep) tail_.pop_back();
  if (last.index >= c.accepted.index) {
    accepted_ = c.accepted;
    position_ = c.position;
    tail_.insert(tail_.end(), next, c.entries.end());
  } else {
    // A part of another chain has no place in a stream: until the rest is here it is found by asking again.
    accepted_ = last;
    position_ = {};
  }
  while (!tail_.empty() && tail_.front()->index <= accepted_.index) tail_.pop_front();
  a.accepted = accepted_;
  a.position = position_;
  change ch;
  ch.adopted = std::move(a);
  if (accepted_.epoch > promised_.epoch) {
    promised_ = {accepted_.epoch, {}};
    ch.promised = promised_;
  }
  seen_epoch_ = std::max(seen_epoch_, accepted_.epoch);
  persist(std::move(ch));
  if (!c.whole) {
    catching_->id = 0; // goes on when this part is on the disk
    catching_->give_up_us = now.us + 4 * s_.retry_us;
    return;
  }
  catching_.reset();
  if (position_.generation != 0) watch_stream(position_.generation);
  if (role_ == role::campaigning) {
    if (stage_ == stage::gathering) gather(now);
    else enter(now, stage::locating);
  }
}

} // namespace ropewalk::replication
