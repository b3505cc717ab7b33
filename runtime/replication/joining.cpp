// A member whose disk is new: it may have promised and acknowledged what it does not know any more, so it asks before it counts.
//
// It needs answers of N+1 others: any takeover that its old disk promised to has another promise among them, and who answered knows the
// new disk from then on, so a promise of the old one is not counted any more. One of them is the owner, of the highest epoch
// that any of them promised, with its lease standing after it was asked: all that was ever acknowledged is before its head. With that on
// its disk the member stands. Where all other members
// answer and none holds an entry, nothing was ever acknowledged: it stands at once, with the highest of their promises.

#include <algorithm>

#include "runtime/replication/member.hpp"

namespace ropewalk::replication {

void member::tick_joining(step_time now) {
  if (now.us < joining_->retry_us) return;
  joining_->retry_us = now.us + 2 * s_.retry_us;
  if (!joining_->target) send_others(join{});
  try_stand(now);
}

void member::on_join(step_time now, const message& m) {
  // What is known of the asker is on the disk before the answer counts (receive() noted it).
  if (!changing_.empty()) return;
  join_answer a;
  a.incarnation = incarnations_[m.from];
  a.promised = promised_.epoch;
  a.empty = head().index == 0;
  a.owner = serving_ && lease_stands(now);
  a.epoch = epoch();
  a.generation = position_.generation;
  a.head = head();
  send(m.from, a, m.incarnation);
}

void member::on_join_answer(step_time now, const message& m, const join_answer& a) {
  if (!joining_ || joining_->target) return;
  if (a.incarnation > standing_.incarnation) {
    // The number of this disk was drawn from a clock that is behind.
    standing_.incarnation = incarnations_[s_.self] = a.incarnation + 1;
    joining_->answers.clear();
    change c;
    c.standing = standing_;
    return persist(std::move(c));
  }
  seen_epoch_ = std::max(seen_epoch_, a.promised);
  joining_->answers[m.from] = a;
  const auto& answers = joining_->answers;
  std::uint64_t promised = promised_.epoch;
  for (const auto& [who, answer] : answers) promised = std::max(promised, answer.promised);
  const bool nobody_has_anything =
      answers.size() + 1 == s_.members.size() && head().index == 0 &&
      std::all_of(answers.begin(), answers.end(), [](const auto& of) { return of.second.empty; });
  if (nobody_has_anything) {
    joining_->target = chain_point{};
    joining_->promised = promised;
    return try_stand(now);
  }
  if (answers.size() < s_.guaranteed_peers + 1) return;
  for (const auto& [who, answer] : answers) {
    if (!answer.owner || answer.epoch < promised) continue;
    joining_->target = answer.head;
    joining_->promised = promised;
    if (!catching_ && (!watch_ || watch_->generation < answer.generation)) watch_stream(answer.generation);
    return try_stand(now);
  }
}

void member::try_stand(step_time now) {
  if (!joining_ || !joining_->target || !changing_.empty()) return;
  if (joining_->target->index > 0 && less_complete(stored_.accepted, *joining_->target)) return;
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
