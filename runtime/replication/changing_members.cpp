// Who counts, and how that changes while the partition is served (configuration.hpp).
//
// The owner writes two entries: one with the list of now and the one to come, then one with the list that came. The second follows
// when the first is committed, so no two changes are ever open; and the first when the owner's own OPEN is, which it is since
// the owner serves. So a chain that an owner of old wrote beside never has a list that is two steps from one that counts
// elsewhere: whoever takes over counts promises by the list of the chain that it goes on with, and meets every commit.
//
// A new member follows first, and is written into the list once it is in step. The owner never removes itself: it is handed over.

#include <algorithm>

#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

namespace {

constexpr std::size_t configurations_kept = 4; // a cut reverts one at most: what is before it is committed
constexpr std::int64_t wish_leases = 20;        // that a change is waited for after it was asked for last

} // namespace

const configuration_ptr& member::members_at(std::uint64_t index) const {
  const auto at = std::find_if(configurations_.rbegin(), configurations_.rend(),
                               [&](const configuration_ptr& c) { return c->index <= index; });
  return at == configurations_.rend() ? configurations_.front() : *at;
}

// As the chain is after a: what was cut off says nothing any more. True: something is different now.
bool member::note_members(const adoption& a) {
  bool changed = false;
  const bool was_one = members().keeps(s_.self);
  while (configurations_.size() > 1 && configurations_.back()->index > a.keep_upto) {
    configurations_.pop_back();
    changed = true;
  }
  for (const entry_ptr& e : a.entries) {
    if (!names_members(*e)) continue;
    auto read = read_members(*e, s_.level);
    if (!read) continue; // refused before
    configurations_.push_back(std::make_shared<const configuration>(*std::move(read)));
    changed = true;
  }
  while (configurations_.size() > configurations_kept) configurations_.pop_front();
  if (!was_one && members().keeps(s_.self)) resting_ = false;
  if (changed) rank();
  return changed;
}

void member::rest() {
  resting_ = true;
  rank();
}

void member::keep_wishes(const wishes& w) {
  moved_here_after_ = w.moved_here_after;
  if (w.rests) rest();
}

// Who is awaited stands last, for all that await it, and for itself: when ranks count it has been silent for its time. And who
// rests, as far as it goes itself.
void member::rank() {
  std::vector<member_name> all = s_.prefer ? s_.prefer(members().all()) : members().all();
  std::stable_partition(all.begin(), all.end(), [&](const member_name& who) { return who != awaited_; });
  rank_ =
      resting_ ? static_cast<std::ptrdiff_t>(all.size()) - 1 : std::find(all.begin(), all.end(), s_.self) - all.begin();
  draw_patience();
}

void member::await(const member_name& who) {
  if (awaited_ == who) return;
  awaited_ = who;
  rank();
}

// An entry of a level that this program does not know comes before all that only such programs may write.
bool member::knows(const std::vector<entry_ptr>& entries) {
  for (const entry_ptr& e : entries) {
    if (!names_members(*e)) continue;
    const auto read = read_members(*e, s_.level);
    if (!read || read->level <= s_.level) continue;
    end_serving("the program is too old");
    stop_watching();
    halted_ = true;
    effects_.push_back(program_too_old{"entry " + std::to_string(e->index) + " of partition " +
                                       std::to_string(s_.partition.value) + " brings level " +
                                       std::to_string(read->level) + ", this program knows level " +
                                       std::to_string(s_.level)});
    return false;
  }
  return true;
}

bool member::was_removed() const {
  return outsider() && std::any_of(configurations_.begin(), configurations_.end(), [&](const configuration_ptr& c) {
           return c->version > 0 && c->has(s_.self);
         });
}

member_name member::preferred() const {
  const std::vector<member_name>& names = members().last().names;
  return s_.prefer ? s_.prefer(names).front() : names.front();
}

std::vector<member_name> member::others() const {
  std::vector<member_name> found = members().all();
  const auto add = [&](const member_name& who) {
    if (std::find(found.begin(), found.end(), who) == found.end()) found.push_back(who);
  };
  if (wish_ && wish_->what.add) add(wish_->what.who);
  if (role_ == role::campaigning)
    for (const auto& [who, v] : votes_)
      for (const member_name& named : v.what.members.all()) add(named);
  if (joining_) {
    if (!owner_.empty()) add(owner_); // who beats knows this member, whoever its file names
    for (const auto& [who, answer] : joining_->answers)
      for (const member_name& named : answer.members.all()) add(named);
  }
  std::erase(found, s_.self);
  return found;
}

bool member::promised_enough(const configuration& c) const {
  return enough(c, [&](const voters& v) {
    const auto promised = [&](const member_name& who) { return votes_.contains(who); };
    return static_cast<std::size_t>(std::count_if(v.names.begin(), v.names.end(), promised)) >= v.promises();
  });
}

// Of this member's own list, what is not accepted yet included, and of that of the best chain that was found.
bool member::surveyed() const {
  if (!votes_.contains(s_.self) || !promised_enough(members())) return false;
  if (broken(rule_break::own_list_alone)) return true;
  chain_point best = accepted_;
  const configuration* counts = nullptr;
  for (const auto& [who, v] : votes_)
    if (less_complete(best, v.what.accepted) && !v.what.members.now.names.empty()) {
      best = v.what.accepted;
      counts = &v.what.members;
    }
  return !counts || promised_enough(*counts);
}

// With the chain that it goes on with the candidate may have learned of other members.
bool member::may_open(step_time now, const configuration& c) {
  if (!c.keeps(s_.self) && !broken(rule_break::removed_campaigns)) {
    abandon(now, 0);
    last_heard_us_ = now.us;
    return false;
  }
  if (broken(rule_break::own_list_alone) || broken(rule_break::no_survey) || promised_enough(c)) return true;
  enter(now, stage::promising);
  return false;
}

// Hearsay: it may come to nothing. What is removed stands in the chain, so the chain is asked for.
void member::hear_of_removal(step_time now, const message& m, const configuration& told) {
  if (role_ != role::campaigning || told.now.names.empty() || told.keeps(s_.self)) return;
  if (broken(rule_break::removed_campaigns)) return;
  if (told.index <= members().index) {
    stranger_to_ = m.from; // it may be behind; or the one that made us a member was, and nobody went on from there
    return;
  }
  abandon(now, 0);
  last_heard_us_ = now.us;
  catch_up(now, m.from, false);
}

result<members_progress> member::change_members(step_time now, const members_change& wish) {
  if (!serving_)
    return error{errc::unavailable, "not_owner", "nothing was changed: this node does not own the partition", {}};
  const auto met = [&](const voters& v) {
    return v.has(wish.who) == wish.add && (!wish.guaranteed_peers || *wish.guaranteed_peers == v.guaranteed_peers);
  };
  const configuration& c = members();
  if (c.next && !met(*c.next))
    return error{errc::conflict, "change_under_way", "another change of members is under way; try again", {}};
  if (met(c.last())) {
    if (!c.next && committed(c.index)) {
      wish_.reset();
      return members_progress::done;
    }
    return members_progress::changing;
  }
  const voters then = wished(c.now, wish);
  if (!wish.add && then.names.empty()) return invalid("member", "is the only one, and stays");
  if (then.names.size() > members_max)
    return invalid("member", "is one too many: a cluster has at most " + std::to_string(members_max));
  if (then.guaranteed_peers >= then.names.size())
    return invalid("guaranteed_peers", "must be below the count of members, which is then " +
                                           std::to_string(then.names.size()));
  if (!well_formed(then)) return invalid("member", "must be a name of 1 to 64 characters of A-Z a-z 0-9 _ -");
  if (!wish.add && wish.who == s_.self)
    return error{errc::conflict, "hand_over_first",
                 "partition " + std::to_string(s_.partition.value) + " is served by \"" + s_.self +
                     "\" itself: hand it over first",
                 {}};
  if (!wish_ || wish_->what != wish) {
    wish_ = member::wish{wish, 0};
    if (wish.add && !c.now.has(wish.who)) peers_.erase(wish.who); // what it said as a member of old, on another disk perhaps
  }
  wish_->until_us = now.us + wish_leases * s_.lease_us;
  go_on_with_change(now);
  if (members().next) return members_progress::changing;
  if (wish.add && !in_step(now, wish.who)) return members_progress::learning;
  return members_progress::waiting;
}

std::uint32_t member::level_of_all() const {
  std::uint32_t least = s_.level;
  for (const member_name& who : members().all()) {
    if (who == s_.self) continue;
    const auto peer = peers_.find(who);
    least = std::min(least, peer == peers_.end() ? 0 : peer->second.level);
  }
  return least;
}

bool member::committed(std::uint64_t index) const {
  return accepted_.index >= index && stored_.head.index >= index && peers_durable() >= index;
}

void member::go_on_with_change(step_time now) {
  if (!serving_ || halted_ || trouble_ != trouble::none) return;
  const configuration& c = members();
  if (!committed(c.index) && !broken(rule_break::hasty_change)) return;
  if (c.next) {
    configuration then;
    then.now = *c.next;
    then.level = c.level;
    return propose(now, std::move(then));
  }
  if (const std::uint32_t level = level_of_all(); level > c.level) {
    configuration then = c;
    then.level = level;
    return propose(now, std::move(then));
  }
  if (!wish_) return;
  if (now.us > wish_->until_us || c.now.has(wish_->what.who) == wish_->what.add) {
    if (now.us > wish_->until_us || !wish_->what.guaranteed_peers ||
        *wish_->what.guaranteed_peers == c.now.guaranteed_peers)
      return wish_.reset();
  }
  const voters then = wished(c.now, wish_->what);
  if (wish_->what.add && !c.now.has(wish_->what.who)) {
    const auto peer = peers_.find(wish_->what.who);
    if (!in_step(now, wish_->what.who) || peer->second.level < c.level) return;
  }
  // A change cannot be taken back by who does not get it committed, and what is left must be able to go on.
  const auto here = [&](const voters& v) {
    return static_cast<std::size_t>(std::count_if(v.names.begin(), v.names.end(), [&](const member_name& who) {
      return who == s_.self || in_step(now, who);
    }));
  };
  if (here(c.now) <= c.now.guaranteed_peers || here(then) <= then.guaranteed_peers || here(then) < then.promises())
    return;
  configuration next;
  next.now = c.now;
  next.next = then;
  next.level = c.level;
  propose(now, std::move(next));
}

void member::propose(step_time now, configuration next) {
  next.version = members().version + 1;
  const chain_point base = head();
  auto e = std::make_shared<entry>();
  e->partition = s_.partition;
  e->index = base.index + 1;
  e->epoch = epoch_;
  e->entity = members_entity(s_.partition);
  e->event.type = "members";
  e->event.body = members_body(next);
  e->event.version = next.version;
  e->event.time = now.wall;
  e->prev_hash = base.hash;
  e->hash = s_.hash_of(*e);
  tail_.push_back(e);
  change c;
  c.adopted = {base.index, {std::move(e)}, accepted_, position_};
  persist(std::move(c));
  publish_tail();
}

} // namespace ropewalk::replication
