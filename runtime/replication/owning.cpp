// An owner: one record of its tail in flight at a time, the next gathers meanwhile; what is unknown is looked up in the stream.

#include <algorithm>

#include "runtime/invariant.hpp"
#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

namespace {

// Of none: all; of more than there are: nothing.
template <class Number>
Number nth_highest(std::vector<Number>& of, std::size_t n, Number all, Number nothing) {
  if (n == 0) return all;
  if (of.size() < n) return nothing;
  const auto nth = of.begin() + static_cast<std::ptrdiff_t>(n - 1);
  std::nth_element(of.begin(), nth, of.end(), std::greater<>());
  return *nth;
}

} // namespace

void member::begin_owning(step_time now) {
  INVARIANT(tail_.empty(), tail_.size());
  stop_watching();
  role_ = role::owning;
  serving_ = true;
  trouble_ = trouble::none;
  stage_op_ = 0;
  publish_op_ = 0;
  skipped_to_ = removed_at_ = 0;
  sent_ = nullptr;
  failed_campaigns_ = 0;
  await(s_.self);
  trimmed_below_ = 0;
  too_large_until_us_ = 0;
  group_bytes_ = record_limits::group;
  opened_index_ = accepted_.index;
  reported_ = {};
  next_tidy_us_ = now.us + 4 * s_.lease_us;
  effects_.push_back(serve{epoch_, accepted_});
  report_progress();
  send_beats(now);
}

bool member::prepared(step_time now, const std::vector<entry_ptr>& entries) {
  if (!serving_ || halted_ || entries.empty() || !linked(head(), epoch_, entries)) return false;
  tail_.insert(tail_.end(), entries.begin(), entries.end());
  (void)now;
  publish_tail();
  return true;
}

void member::stored(step_time now, const chain_point& at) {
  if (at.index <= stored_.head.index || at.index > head().index) return;
  const std::uint64_t epoch =
      at.index > accepted_.index ? tail_[at.index - accepted_.index - 1]->epoch : accepted_.epoch;
  if (epoch != at.epoch) return;
  stored_.head = at;
  report_progress();
  settle_reads(now);
  if (role_ == role::campaigning && stage_ == stage::basing) try_found(now);
}

std::shared_ptr<const record> member::data_record() const {
  auto r = std::make_shared<record>();
  r->kind = record_kind::data;
  r->epoch = tail_.front()->epoch;
  r->owner = s_.self;
  r->base = accepted_;
  if (names_members(*tail_.front())) {
    r->kind = record_kind::members;
    r->entries.push_back(tail_.front());
    return r;
  }
  std::size_t bytes = 0;
  for (auto next = tail_.begin(); next != tail_.end() && !names_members(**next);) {
    const auto end = end_of_command(next, tail_.end());
    std::size_t more = 0;
    for (auto e = next; e != end; ++e) more += record_bytes(**e);
    const std::size_t count = r->entries.size() + static_cast<std::size_t>(end - next);
    if (!r->entries.empty() && (bytes + more > group_bytes_ || count > record_limits::entries)) break;
    bytes += more;
    r->entries.insert(r->entries.end(), next, end);
    next = end;
  }
  return r;
}

void member::publish_tail() {
  if (role_ != role::owning || publish_op_ != 0 || trouble_ != trouble::none || tail_.empty()) return;
  if (too_large_until_us_ != 0) return;
  sent_ = data_record();
  expected_ = std::max(position_.sequence, skipped_to_);
  publish_op_ = new_op();
  publish_deadline_us_ = 0; // set by the next tick
  effects_.push_back(publish_record{publish_op_, position_.generation, expected_, sent_});
}

// A server with a smaller max_payload than the others took no record of this size. Whether smaller ones hold the same entries.
bool member::splits(const record& r) {
  std::size_t bytes = 0;
  for (const entry_ptr& e : r.entries) bytes += record_bytes(*e);
  if (end_of_command(r.entries.begin(), r.entries.end()) == r.entries.end()) return false;
  group_bytes_ = bytes / 2;
  return true;
}

void member::tell_too_large(const record& r) {
  effects_.push_back(cannot_go_on{"a record of " + std::to_string(r.entries.size()) + " entries, from index " +
                                  std::to_string(r.base.index + 1) +
                                  " on, is larger than the NATS server's max_payload, which must be at least 1 MB"});
}

// The outcome of a publish is unknown, or not what was expected: the stream's end tells.
void member::resolve(step_time now) {
  publish_op_ = 0;
  trouble_ = trouble::inspecting;
  effects_.push_back(inspect_stream{ask_stream(now), position_.generation});
}

// All that is stored has been read. What was sent is accepted, or is not there: then the same bytes again.
void member::resolved(step_time now) {
  trouble_ = trouble::none;
  removed_at_ = 0;
  stop_watching();
  settle_reads(now);
  if (sent_ && sent_->base == accepted_) {
    expected_ = std::max(position_.sequence, skipped_to_);
    publish_op_ = new_op();
    publish_deadline_us_ = 0;
    effects_.push_back(publish_record{publish_op_, position_.generation, expected_, sent_});
    return;
  }
  sent_ = nullptr;
  publish_tail();
}

void member::end_serving(const std::string& why) {
  for (const auto& [index, id] : reads_) effects_.push_back(read_fails{id});
  reads_.clear();
  wish_.reset();
  if (serving_) effects_.push_back(stop_serving{epoch_, why});
  serving_ = false;
}

void member::step_down(step_time now, const std::string& why) {
  end_serving(why);
  role_ = role::following;
  trouble_ = trouble::none;
  publish_op_ = stage_op_ = 0;
  sent_ = nullptr;
  peers_.clear();
  if (owner_ == s_.self) owner_.clear();
  last_heard_us_ = now.us;
  draw_patience();
  if (!watch_) watch_stream(position_.generation);
  note_position();
}

// It takes over from itself: where the stream is lost, into a new generation. Nobody's lease has to be waited for.
void member::succeed_itself(step_time now, const std::string& why) {
  step_down(now, why);
  campaign(now, epoch_);
}

void member::report_progress() {
  if (!serving_) return;
  progress p;
  p.epoch = epoch_;
  p.local = stored_.head.index;
  p.log = std::min(accepted_.index, stored_.head.index);
  p.peers = std::min(p.log, peers_durable());
  if (p.local == reported_.local && p.log == reported_.log && p.peers == reported_.peers) return;
  reported_ = p;
  effects_.push_back(p);
}

// The highest index that N peers have.
std::uint64_t member::peers_durable() const {
  std::uint64_t least = UINT64_MAX;
  enough(members(), [&](const voters& v) {
    std::vector<std::uint64_t> held;
    for (const auto& [who, peer] : peers_)
      if (peer.durable.epoch == epoch_ && v.has(who)) held.push_back(peer.durable.index);
    least = std::min(least, nth_highest(held, peers_of(v), UINT64_MAX, std::uint64_t{0}));
    return true;
  });
  return least;
}

// With this member N+1, or that many others where it is not in the list: a new member may own before its change is done.
std::size_t member::peers_of(const voters& v) const { return v.guaranteed_peers + (v.has(s_.self) ? 0u : 1u); }

void member::note_peer(step_time now, const message& m, std::optional<std::int64_t> granted, bool acknowledges,
                       const chain_point& durable, const stream_position& position) {
  const bool confirming = role_ == role::campaigning && stage_ == stage::confirming;
  if (role_ != role::owning && !confirming) return;
  if (!peers_.contains(m.from)) {
    const std::vector<member_name> asked = others();
    if (std::find(asked.begin(), asked.end(), m.from) == asked.end()) return;
  }
  peer_state& peer = peers_[m.from];
  peer.heard_us = now.us;
  if (granted) peer.granted_us = std::max(peer.granted_us, *granted);
  if (acknowledges && durable.epoch == epoch_ && durable.index > peer.durable.index) peer.durable = durable;
  if (position != peer.position || durable.index >= accepted_.index || peer.moved_us == 0) peer.moved_us = now.us;
  peer.position = position;
  if (confirming) return try_confirm(now);
  report_progress();
  settle_reads(now);
}

// A peer that is there and reads nothing new although there is something: perhaps the stream has lost what this owner thinks
// is in it.
bool member::somebody_stands_still(step_time now) {
  bool any = false;
  for (auto& [who, peer] : peers_) {
    if (!members().has(who) || now.us - peer.heard_us > s_.lease_us || now.us - peer.moved_us < 2 * s_.lease_us)
      continue;
    peer.moved_us = now.us;
    any = true;
  }
  return any;
}

// N+1 members, this one among them, give no promise before it ends; a takeover needs one of them.
bool member::lease_stands(step_time now) const {
  return enough(members(), [&](const voters& v) {
    std::vector<std::int64_t> granted;
    for (const auto& [who, peer] : peers_)
      if (peer.granted_us != INT64_MIN && v.has(who)) granted.push_back(peer.granted_us);
    const std::int64_t since = nth_highest(granted, peers_of(v), INT64_MAX, INT64_MIN);
    if (since == INT64_MAX || since == INT64_MIN) return since == INT64_MAX;
    return now.us < since + s_.lease_us - s_.lease_us / 10; // clocks' rates may differ by a tenth
  });
}

namespace {
constexpr std::size_t reads_max = 1 << 16; // that wait, for a lease above all (I10)
} // namespace

void member::read(step_time now, std::uint64_t id, std::uint64_t upto) {
  const std::uint64_t index = broken(rule_break::dirty_reads) ? 0 : std::min(upto, head().index);
  settle_reads(now);
  if (serving_ && index <= committed() && lease_stands(now)) effects_.emplace_back(read_stands{id});
  else if (serving_ && reads_.size() < reads_max) reads_.emplace(index, id);
  else effects_.emplace_back(read_fails{id});
}

void member::forget_reads(const std::set<std::uint64_t>& ids) {
  std::erase_if(reads_, [&](const auto& r) { return ids.contains(r.second); });
}

std::uint64_t member::committed() const { return std::min(accepted_.index, stored_.head.index); }

// What was read must be committed, and the lease is looked at afterwards: check-then-read shows the past after a pause.
void member::settle_reads(step_time now) {
  if (reads_.empty() || !serving_ || !lease_stands(now)) return;
  const auto end = reads_.upper_bound(committed());
  for (auto at = reads_.begin(); at != end; at = reads_.erase(at)) effects_.push_back(read_stands{at->second});
}

bool member::hand_over(step_time now, const member_name& to, bool moved) {
  if (!serving_ || to == s_.self || !members().keeps(to)) return false;
  send(to, release{epoch_, accepted_, moved});
  granted_until_us_ = 0;
  step_down(now, "handed over to " + to);
  return true;
}

bool member::in_step(step_time now, const member_name& other) const {
  constexpr std::uint64_t on_its_way = 256; // entries
  const auto peer = peers_.find(other);
  return serving_ && peer != peers_.end() && peer->second.granted_us != INT64_MIN &&
         now.us - peer->second.granted_us < s_.lease_us && peer->second.durable.epoch == epoch_ &&
         peer->second.durable.index + on_its_way >= accepted_.index;
}

bool member::may_be_given(step_time now, const member_name& other) const {
  return in_step(now, other) && !peers_.at(other).resting;
}

void member::send_beats(step_time now) {
  next_beat_us_ = now.us + s_.beat_us;
  // Who beats without a lease may have been replaced, unheard.
  const auto accepted = lease_stands(now) ? std::optional(accepted_.index) : std::nullopt;
  send_others(beat{epoch_, position_.generation, now.us, accepted, incarnations_});
}

void member::tick_owning(step_time now) {
  if (lease_stands(now)) in_step_us_ = now.us;
  if (now.us >= next_beat_us_) {
    send_beats(now);
    note_position();
  }
  if (too_large_until_us_ != 0 && now.us >= too_large_until_us_) {
    too_large_until_us_ = 0;
    publish_tail();
  }
  if (publish_op_ != 0) {
    if (publish_deadline_us_ == 0) publish_deadline_us_ = now.us + 8 * s_.retry_us;
    else if (now.us > publish_deadline_us_) resolve(now);
  }
  if (trouble_ != trouble::none && now.us > retry_at_us_) {
    stop_watching();
    resolve(now);
  }
  if (publish_op_ == 0 && trouble_ == trouble::none && somebody_stands_still(now)) resolve(now);
  settle_reads(now);
  go_on_with_change(now);
  if (now.us >= next_tidy_us_) tidy_streams(now);
}

// Behind what all members that are there have, and what this disk knows to have.
void member::tidy_streams(step_time now) {
  next_tidy_us_ = now.us + 4 * s_.lease_us;
  std::uint64_t keep = stored_.position.generation == position_.generation ? stored_.position.sequence : 0;
  bool all_here = true;
  for (const member_name& other : others()) {
    const auto peer = peers_.find(other);
    const bool alive = peer != peers_.end() && now.us - peer->second.heard_us < 20 * s_.lease_us;
    if (!alive || peer->second.position.generation != position_.generation) {
      all_here = false;
      continue;
    }
    keep = std::min(keep, peer->second.position.sequence);
  }
  if (keep > trimmed_below_ + 16) {
    trimmed_below_ = keep;
    effects_.push_back(trim_stream{position_.generation, keep});
  }
  if (all_here) {
    tidy_op_ = new_op();
    effects_.push_back(list_streams{tidy_op_});
  }
}

} // namespace ropewalk::replication
