#include "runtime/replication/member.hpp"

#include <algorithm>
#include <utility>

#include "runtime/invariant.hpp"
#include "runtime/overloaded.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::size_t incarnations_max = 48; // of members that were and are: a message holds as many

} // namespace

member::member(member_settings settings, durable_state disk, const chain_view& chain, step_time now)
    : s_(std::move(settings)), chain_(chain), jitter_state_(s_.seed), standing_(disk.standing),
      promised_(std::move(disk.promised)), incarnations_(std::move(disk.incarnations)), position_(disk.position),
      accepted_(disk.accepted), tail_(std::move(disk.tail)) {
  INVARIANT(well_formed(s_.members), s_.members.guaranteed_peers, s_.members.names.size());
  if (disk.configurations.empty() || disk.configurations.front().version == 1) {
    configuration of_the_file;
    of_the_file.now = s_.members;
    configurations_.push_back(std::make_shared<const configuration>(std::move(of_the_file)));
  }
  for (configuration& c : disk.configurations)
    configurations_.push_back(std::make_shared<const configuration>(std::move(c)));
  stored_ = {accepted_, head(), position_, promised_, standing_, members_at(accepted_.index)};
  incarnations_[s_.self] = standing_.incarnation;
  seen_epoch_ = std::max(promised_.epoch, head().epoch);
  last_heard_us_ = heard_self_us_ = now.us;
  // What leases it gave before it started is forgotten.
  if (promised_.epoch != 0) granted_until_us_ = now.us + s_.lease_us;
  rank();
  if (!standing_.full) {
    joining_ = joining{};
    joining_->round = static_cast<std::uint64_t>(jitter(std::int64_t{1} << 46)) << 16 | 1;
  }
  if (position_.generation != 0) watch_stream(position_.generation);
}

std::vector<effect> member::take_effects() { return std::exchange(effects_, {}); }

std::int64_t member::jitter(std::int64_t below_us) { // splitmix64
  std::uint64_t z = (jitter_state_ += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return below_us <= 0 ? 0 : static_cast<std::int64_t>((z ^ (z >> 31)) % static_cast<std::uint64_t>(below_us));
}

void member::send(const member_name& to, message_body body, std::uint64_t addressee) {
  effects_.push_back(send_message{to, {s_.self, standing_.incarnation, addressee, std::move(body)}});
}

void member::send_others(const message_body& body) {
  for (const member_name& other : others()) send(other, body);
}

void member::persist(change c) {
  c.op = new_op();
  if (c.adopted && note_members(*c.adopted)) {
    c.configurations.emplace();
    for (const configuration_ptr& m : configurations_)
      if (m->version > 0) c.configurations->push_back(*m);
  }
  const bool moves_head = c.adopted && (!c.adopted->entries.empty() || c.adopted->keep_upto < stored_.head.index);
  changing_.push_back(
      {c.op, {accepted_, head(), position_, promised_, standing_, members_at(accepted_.index)}, moves_head});
  effects_.emplace_back(std::move(c));
}

void member::changed(step_time now, std::uint64_t op) {
  if (halted_) return;
  bool any = false;
  while (!changing_.empty() && changing_.front().op <= op) {
    pending_change done = std::move(changing_.front());
    changing_.pop_front();
    const chain_point head_before = stored_.head;
    stored_ = std::move(done.after);
    if (!done.moves_head) stored_.head = head_before;
    any = true;
  }
  if (!any) return;
  if (behind_ && stored_.accepted.epoch == behind_->epoch && stored_.accepted.index >= behind_->accepted)
    in_step_us_ = std::exchange(behind_, std::nullopt)->us;
  if (waiting_candidate_ && waiting_candidate_->op <= op) {
    const waiting_candidate to = *std::exchange(waiting_candidate_, std::nullopt);
    answer_prepare(to.who, to.incarnation);
  }
  if (catching_ && catching_->id == 0 && changing_.empty()) ask_chunk();
  tell_durable();
  if (role_ == role::campaigning) {
    if (self_vote_op_ != 0 && self_vote_op_ <= op && stage_ == stage::promising) {
      self_vote_op_ = 0;
      votes_[s_.self] = {{epoch_, stored_.accepted, head(), stored_.position, incarnations_, *stored_.members},
                         standing_.incarnation};
      if (surveyed() || broken(rule_break::no_survey)) survey_done(now);
    } else if (stage_ == stage::basing) {
      try_found(now);
    } else if (stage_ == stage::confirming) {
      try_confirm(now);
    }
  }
  report_progress();
  try_stand(now);
}

void member::keep_promise(std::uint64_t epoch, const member_name& to) {
  promised_ = {epoch, to};
  seen_epoch_ = std::max(seen_epoch_, epoch);
  change c;
  c.promised = promised_;
  persist(std::move(c));
}

void member::learn(const incarnation_map& known) {
  bool news = false;
  for (const auto& [who, incarnation] : known) {
    if (who == s_.self) continue;
    if (!incarnations_.contains(who) && incarnations_.size() >= incarnations_max) {
      const auto stranger = std::find_if(incarnations_.begin(), incarnations_.end(), [&](const auto& of) {
        return of.first != s_.self && !members().has(of.first);
      });
      if (stranger == incarnations_.end()) continue;
      incarnations_.erase(stranger);
    }
    std::uint64_t& mine = incarnations_[who];
    if (incarnation <= mine) continue;
    mine = incarnation;
    peers_.erase(who); // what it said before, it may have forgotten
    votes_.erase(who);
    if (joining_) learned_anew(who);
    news = true;
  }
  if (!news) return;
  change c;
  c.incarnations = incarnations_;
  persist(std::move(c));
}

void member::receive(step_time now, const message& m) {
  if (m.from == s_.self || halted_) return;
  if (m.addressee != 0 && m.addressee != standing_.incarnation) return; // meant for what this disk was before
  if (const auto known = incarnations_.find(m.from); known == incarnations_.end() || known->second < m.incarnation)
    learn({{m.from, m.incarnation}});
  else if (m.incarnation < known->second) { // from before its disk was wiped, or it has to choose a higher one
    if (std::holds_alternative<join>(m.body)) {
      join_answer higher;
      higher.incarnation = known->second;
      send(m.from, higher, m.incarnation);
    }
    return;
  }
  std::visit(overloaded{
                 [&](const prepare& p) { on_prepare(now, m, p); },
                 [&](const promise& p) { on_promise(now, m, p); },
                 [&](const refusal& r) { on_refusal(now, m, r); },
                 [&](const release& r) { on_release(now, m, r); },
                 [&](const beat& b) { on_beat(now, m, b); },
                 [&](const beat_answer& a) {
                   if (a.epoch != epoch_) return;
                   note_peer(now, m, a.sent_us, a.sent_us.has_value(), a.durable, a.position);
                   if (const auto peer = peers_.find(m.from); peer != peers_.end()) {
                     peer->second.level = a.level;
                     peer->second.resting = a.resting;
                   }
                 },
                 [&](const fork_seen& f) {
                   if (role_ != role::owning || f.epoch != epoch_ || !members().has(m.from)) return;
                   succeed_itself(now, m.from + " reads another stream");
                   stream_differs_ = true;
                 },
                 [&](const durable& d) {
                   if (d.epoch == epoch_) note_peer(now, m, std::nullopt, true, d.upto, d.position);
                 },
                 [&](const fetch& f) { on_fetch(m, f); },
                 [&](const chunk& c) { on_chunk(now, m, c); },
                 [&](const join& j) { on_join(now, m, j); },
                 [&](const join_answer& a) { on_join_answer(now, m, a); },
             },
             m.body);
}

void member::heard_self(step_time now) { heard_self_us_ = now.us; }

void member::tick(step_time now) {
  if (halted_) return;
  if (joining_) tick_joining(now);
  switch (role_) {
  case role::following: tick_following(now); break;
  case role::campaigning: tick_campaigning(now); break;
  case role::owning: tick_owning(now); break;
  }
}

void member::inspected(step_time now, std::uint64_t op, const stream_facts& facts) {
  if (op == 0 || op != stage_op_) return;
  stage_op_ = 0;
  if (facts.what == stream_facts::kind::unknown) return ask_again_soon(now); // by the tick
  if (role_ == role::owning) {
    if (trouble_ != trouble::inspecting) return;
    if (facts.what == stream_facts::kind::missing) return succeed_itself(now, "the stream is missing");
    if (facts.newest() < position_.sequence) return succeed_itself(now, "the stream is shorter than it was");
    if (!own_end(facts)) return succeed_itself(now, "the stream's last records were removed");
    target_ = facts.newest();
    trouble_ = trouble::reading;
    watch_stream(position_.generation);
    return;
  }
  if (role_ != role::campaigning) return;
  const bool missing = facts.what == stream_facts::kind::missing;
  switch (stage_) {
  case stage::locating:
    if (missing || (generation_ == position_.generation && facts.newest() < position_.sequence)) {
      unfit_ = true;
      return enter(now, stage::listing);
    }
    target_ = facts.newest();
    skipped_to_ = facts.removed > 0 ? facts.last : 0;
    watch_stream(generation_); // anew: what stands at our position must still be what we read there
    return enter(now, stage::reading);
  case stage::sealing:
    if (missing) {
      to_seal_.pop_back();
      return act(now);
    }
    sealing_at_ = facts.last;
    return act(now);
  case stage::founding:
    if (missing) return enter(now, stage::creating);
    if (facts.first <= facts.newest()) { // what was sent may be there after all
      target_ = facts.newest();
      if (!watch_ || watch_->generation != epoch_) watch_stream(epoch_);
      return;
    }
    sent_ = nullptr;
    skipped_to_ = facts.last;
    return act(now);
  default: return;
  }
}

// Sequences at the stream's end that stand for nothing: an owner goes on behind those that it had itself, of records over the limits of
// the server's account. What others had there somebody may have read.
bool member::own_end(const stream_facts& facts) {
  const std::uint64_t known = std::max(position_.sequence, skipped_to_);
  if (facts.removed == 0 || facts.last < skipped_to_) skipped_to_ = 0;
  else if (facts.last == known + 1 && facts.last == removed_at_) skipped_to_ = facts.last;
  return facts.removed == 0 || facts.last == skipped_to_;
}

const char* member::stage_name() const noexcept {
  if (halted_) return "stopped";
  if (role_ == role::following) {
    if (outsider() && !joining_ && !catching_) return was_removed() ? "removed" : "learning";
    return catching_ ? "catching_up" : joining_ ? "joining" : "following";
  }
  if (role_ == role::owning) return trouble_ == trouble::none ? "owning" : "resolving";
  static constexpr const char* names[] = {"promising", "locating", "reading",   "flushing",  "opening",
                                          "listing",   "sealing",  "rereading", "gathering", "basing",
                                          "creating",  "founding", "confirming"};
  return names[static_cast<std::size_t>(stage_)];
}

} // namespace ropewalk::replication
