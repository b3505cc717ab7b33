// A member whose disk is new: it may have promised and acknowledged what it does not know any more, so it asks before it counts.
//
// It needs answers of so many others (voters::answers(); of both lists while members change) that any takeover that its old disk
// promised to has another promise among them, and who answered knows the new disk from then on, so a promise of the old one is not
// counted any more. One of them is the owner, of the highest epoch that any of them promised, with its lease standing after it was
// asked: all that was ever acknowledged is before its head. With that on its disk, and a place in the owner's stream, the member stands.
//
// Or there is no cluster yet: all members are outside, as this one is. Then nothing was ever acknowledged by one, for N+1 disks would
// hold it, and N may be lost at a time. But there may be a history, of a node that was alone: it is the target, and who stands holds
// all of it. One round of answers does not show that all were outside at one moment (the first may have been a wiped disk that
// came back since, from one that is wiped by now); two rounds do, of the same disks, since a disk that has been in a cluster is never outside
// again. A member that is alone asks the streams instead (look_for_cluster). How outside is told from a wiped disk that is half caught
// up: a cluster's chain has more than one epoch, or began with its owner.

#include <algorithm>
#include <utility>

#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

void member::tick_joining(step_time now) {
  if (now.us < joining_->retry_us) return;
  joining_->retry_us = now.us + 2 * s_.retry_us;
  if (joining_->target && !joining_->founding && now.us - last_heard_us_ > 4 * s_.lease_us) {
    // Who is no member hears of no new stream by itself, and what it was told to read may be gone.
    last_heard_us_ = now.us;
    joining_->target.reset();
    joining_->answers.clear();
  }
  if (!joining_->target) {
    send_others(join{joining_->round});
    if (alone()) look_for_cluster(); // there is nobody to ask
  } else if (joining_->founding && !catching_ && !watch_ && less_complete(accepted_, *joining_->target)) {
    catch_up(now, joining_->holder, false);
  }
  try_stand(now);
}

bool member::alone() const { return members().all() == std::vector<member_name>{s_.self}; }

// The list may be of old: the cluster has grown since, and this disk has lost what said so. Streams tell: a member that founds a
// cluster stands before it makes one, so none stands before a stream that it has no place in.
void member::look_for_cluster() {
  if (joining_->list_op != 0) return; // every list is answered
  joining_->list_op = new_op();
  effects_.push_back(list_streams{joining_->list_op});
}

void member::cluster_looked_for(step_time now, bool known, const std::vector<std::uint64_t>& generations) {
  joining_->list_op = 0;
  if (!known || joining_->target || !alone()) return;
  if (std::none_of(generations.begin(), generations.end(), [&](std::uint64_t g) { return g > position_.generation; }))
    return end_round();
  if (now.us < joining_->tell_us) return;
  joining_->tell_us = now.us + 10 * s_.lease_us;
  effects_.push_back(
      cannot_go_on{"this node would begin alone, but the cluster has streams that its disk has no place in: if it has other "
                   "members, write them into the cluster's file; if it has none, restore a backup"});
}

bool member::outside_clusters() const {
  if (position_.generation != 0) return false;
  const chain_point top = head();
  if (top.index == 0) return true;
  const std::vector<entry_ptr> first = chain_.read(1, 1, record_limits::bytes);
  return !first.empty() && first.front()->epoch == top.epoch && first.front()->entity.kind != entity_kind::partition;
}

void member::on_join(step_time now, const message& m, const join& j) {
  // What is known of the asker is on the disk before the answer counts (receive() noted it).
  if (!changing_.empty()) return;
  join_answer a;
  a.incarnation = incarnations_[m.from];
  a.round = j.round;
  a.promised = promised_.epoch;
  a.outside = outside_clusters();
  a.owner = acknowledges(now);
  a.epoch = epoch();
  a.generation = position_.generation;
  a.head = head();
  a.members = members();
  send(m.from, a, m.incarnation);
}

// Another disk than the one that answered.
void member::learned_anew(const member_name& who) {
  joining_->answers.erase(who);
  joining_->outside.erase(who);
  joining_->outside_before.clear();
  if (joining_->founding) { // what was to be had from it may be gone
    joining_->founding = false;
    joining_->target.reset();
  }
}

void member::on_join_answer(step_time now, const message& m, const join_answer& a) {
  if (!joining_ || joining_->target) return;
  if (a.round >> 16 != joining_->round >> 16) return; // asked before this process began
  const std::vector<member_name> asked = others();
  if (std::find(asked.begin(), asked.end(), m.from) == asked.end()) return;
  if (const auto known = joining_->answers.find(m.from);
      known != joining_->answers.end() && a.round < known->second.round)
    return;
  if (a.incarnation > standing_.incarnation) {
    // The number of this disk was drawn from a clock that is behind.
    standing_.incarnation = incarnations_[s_.self] = a.incarnation + 1;
    joining_->answers.clear();
    joining_->outside.clear();
    joining_->outside_before.clear();
    change c;
    c.standing = standing_;
    return persist(std::move(c));
  }
  seen_epoch_ = std::max(seen_epoch_, a.promised);
  joining_->answers[m.from] = a;
  const auto& answers = joining_->answers;
  if (a.round == joining_->round) {
    if (a.outside) joining_->outside[m.from] = m.incarnation;
    else joining_->outside.erase(m.from);
    // Of those that the file names, this one among them: who comes to a cluster later never begins one.
    const std::vector<member_name>& all = members().now.names;
    if (members().index == 0 && members().now.has(s_.self) &&
        std::all_of(all.begin(), all.end(),
                    [&](const member_name& who) { return who == s_.self || joining_->outside.contains(who); }))
      end_round();
    if (joining_->target) return try_stand(now);
  }
  std::uint64_t promised = promised_.epoch;
  for (const auto& [who, answer] : answers) promised = std::max(promised, answer.promised);
  for (const auto& [who, answer] : answers) {
    if (!answer.owner || answer.epoch < promised) continue;
    const configuration& now_counts = answer.members.now.names.empty() ? members() : answer.members;
    if (!now_counts.both([&](const voters& v) {
          const auto of_it = [&](const auto& answered) { return v.has(answered.first); };
          return static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), of_it)) >= v.answers();
        }))
      continue;
    joining_->target = answer.head;
    joining_->promised = promised;
    if (!catching_ && (!watch_ || watch_->generation < answer.generation)) watch_stream(answer.generation);
    return try_stand(now);
  }
}

// All others are outside. So they were in the round before: then there was a moment between when all were.
void member::end_round() {
  joining& j = *joining_;
  ++j.round;
  j.retry_us = 0; // asked at once
  const bool again = j.outside == j.outside_before;
  j.outside_before = std::exchange(j.outside, {});
  // A member that is alone has nobody who knows better, whatever its disk was before.
  if (!again || !changing_.empty() || (!alone() && !outside_clusters())) return;
  j.founding = true;
  j.target = accepted_;
  j.holder = s_.self;
  j.promised = promised_.epoch;
  for (const auto& [who, answer] : j.answers) {
    j.promised = std::max(j.promised, answer.promised);
    if (!less_complete(*j.target, answer.head)) continue;
    j.target = answer.head;
    j.holder = who;
  }
}

// Two nodes that were alone have two histories, and nothing says which of them to give up.
bool member::holds_all_that_was() const {
  return std::all_of(joining_->answers.begin(), joining_->answers.end(), [&](const auto& of) {
    return !of.second.outside || chain_.at(of.second.head.index) == of.second.head;
  });
}

void member::try_stand(step_time now) {
  if (!joining_ || !joining_->target || !changing_.empty()) return;
  if (joining_->target->index > 0 && less_complete(stored_.accepted, *joining_->target)) return;
  if (joining_->founding) {
    if (!holds_all_that_was()) {
      if (now.us < joining_->tell_us) return;
      joining_->tell_us = now.us + 10 * s_.lease_us;
      effects_.push_back(
          cannot_go_on{"members began with different histories: all but one must begin with an empty disk"});
      return;
    }
  } else if (stored_.position.generation == 0) {
    return;
  }
  change c;
  standing_.full = true;
  c.standing = standing_;
  if (joining_->promised > promised_.epoch) {
    promised_ = {joining_->promised, {}};
    c.promised = promised_;
  }
  persist(std::move(c));
  granted_until_us_ = promised_.epoch == 0 ? 0 : now.us + s_.lease_us;
  last_heard_us_ = now.us;
  joining_.reset();
}

} // namespace ropewalk::replication
