#include "runtime/thread/message_set.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"

namespace ropewalk::thread {

bool message_set::is_removed(std::uint64_t seq) const noexcept {
  auto after = std::upper_bound(removed_.begin(), removed_.end(), seq,
                                [](std::uint64_t s, const auto& range) { return s < range.first; });
  return after != removed_.begin() && seq <= std::prev(after)->second;
}

bool message_set::is_live(std::uint64_t seq) const noexcept {
  if (seq >= next_ || seq == 0) return false;
  if (seq < first_) return std::binary_search(pinned_.begin(), pinned_.end(), seq);
  return !is_removed(seq);
}

std::uint64_t message_set::oldest() const noexcept {
  if (count_ == 0) return next_;
  if (!pinned_.empty() && pinned_.front() < first_) return pinned_.front();
  std::uint64_t seq = first_;
  for (const auto& [a, b] : removed_) {
    if (seq < a) break;
    seq = b + 1;
  }
  return seq;
}

std::uint64_t message_set::newest() const noexcept {
  if (count_ == 0) return 0;
  std::uint64_t seq = last_seq();
  for (auto range = removed_.rbegin(); range != removed_.rend() && seq <= range->second; ++range)
    seq = range->first - 1;
  if (seq >= first_) return seq;
  return pinned_.back(); // only kept system messages are left
}

void message_set::append(bool system) {
  if (system) pinned_.push_back(next_);
  ++next_;
  ++count_;
}

void message_set::remove(std::uint64_t seq) {
  INVARIANT(is_live(seq), seq, first_, next_);
  const auto pin = std::lower_bound(pinned_.begin(), pinned_.end(), seq);
  if (pin != pinned_.end() && *pin == seq) pinned_.erase(pin);
  --count_;
  if (seq < first_) return;
  auto after = std::upper_bound(removed_.begin(), removed_.end(), seq,
                                [](std::uint64_t s, const auto& range) { return s < range.first; });
  const bool joins_after = after != removed_.end() && after->first == seq + 1;
  if (after != removed_.begin() && std::prev(after)->second + 1 == seq) {
    auto before = std::prev(after);
    before->second = joins_after ? after->second : seq;
    if (joins_after) removed_.erase(after);
  } else if (joins_after) {
    after->first = seq;
  } else {
    removed_.insert(after, {seq, seq});
  }
}

void message_set::clear() {
  first_ = next_;
  count_ = 0;
  pinned_.clear();
  removed_.clear();
}

void message_set::trim(std::uint64_t first) {
  INVARIANT(first >= first_ && first <= next_, first, first_, next_);
  first_ = first;
  auto gone = removed_.begin();
  while (gone != removed_.end() && gone->second < first_) ++gone;
  removed_.erase(removed_.begin(), gone);
  if (!removed_.empty() && removed_.front().first < first_) removed_.front().first = first_;
  recount();
}

std::uint64_t message_set::trim_point_for(std::uint64_t max_messages) const noexcept {
  if (max_messages == 0 || count_ <= max_messages) return first_;
  std::uint64_t excess = count_ - max_messages, point = first_;
  const std::uint64_t newest_seq = newest();
  auto pin = std::lower_bound(pinned_.begin(), pinned_.end(), point);
  auto hole = removed_.begin();
  while (excess > 0 && point < newest_seq) {
    while (hole != removed_.end() && hole->second < point) ++hole;
    const bool is_hole = hole != removed_.end() && hole->first <= point;
    const bool is_pin = pin != pinned_.end() && *pin == point;
    if (is_pin) ++pin;
    if (!is_hole && !is_pin) --excess;
    ++point;
  }
  return point;
}

message_set message_set::prefix(std::uint64_t seq) const {
  message_set part;
  part.next_ = std::min(seq + 1, next_);
  part.first_ = std::min(first_, part.next_);
  for (const auto pin : pinned_)
    if (pin < part.next_) part.pinned_.push_back(pin);
  for (auto [a, b] : removed_)
    if (a < part.next_) part.removed_.emplace_back(a, std::min(b, part.next_ - 1));
  part.recount();
  return part;
}

message_set message_set::restore(std::uint64_t first, std::uint64_t next, std::vector<std::uint64_t> pinned,
                                 std::vector<std::pair<std::uint64_t, std::uint64_t>> removed) {
  message_set set;
  set.first_ = first;
  set.next_ = next;
  set.pinned_ = std::move(pinned);
  set.removed_ = std::move(removed);
  set.recount();
  return set;
}

void message_set::recount() noexcept {
  count_ = next_ - first_;
  for (const auto& [a, b] : removed_) count_ -= b - a + 1;
  for (const auto pin : pinned_)
    if (pin < first_) ++count_;
}

} // namespace ropewalk::thread
