#pragma once
// Which messages of a thread are live, without holding them: a range of seqs, minus those removed, plus the
// system messages that trimming kept. Small for any length of history.
//
//   live = ([first, next) without removed) + pinned below first
//
// pinned holds the seqs of all live system messages: trimming passes over them, so that a conversation
// keeps its instructions.

#include <cstdint>
#include <utility>
#include <vector>

namespace ropewalk::thread {

class message_set {
public:
  std::uint64_t next_seq() const noexcept { return next_; }
  std::uint64_t last_seq() const noexcept { return next_ - 1; } // 0 = none ever
  std::uint64_t trim_point() const noexcept { return first_; }
  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t oldest() const noexcept; // lowest live seq; next_seq() if there is none
  std::uint64_t newest() const noexcept; // highest live seq; 0 if there is none
  bool is_live(std::uint64_t seq) const noexcept;
  const std::vector<std::uint64_t>& pinned() const noexcept { return pinned_; }
  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& removed() const noexcept { return removed_; }

  void append(bool system);
  void remove(std::uint64_t seq); // must be live
  void clear();
  // Drops all but pinned messages below first.
  void trim(std::uint64_t first);
  // The trim point at which at most max_messages would be live; the newest message and pinned ones always
  // stay, so the count may remain above max_messages when pinned ones fill it. 0 = no bound.
  std::uint64_t trim_point_for(std::uint64_t max_messages) const noexcept;

  // What was live up to and including seq: a fork's beginning.
  message_set prefix(std::uint64_t seq) const;
  static message_set restore(std::uint64_t first, std::uint64_t next, std::vector<std::uint64_t> pinned,
                             std::vector<std::pair<std::uint64_t, std::uint64_t>> removed);

private:
  bool is_removed(std::uint64_t seq) const noexcept;
  void recount() noexcept;

  std::uint64_t first_ = 1, next_ = 1, count_ = 0;
  std::vector<std::uint64_t> pinned_;                            // ascending
  std::vector<std::pair<std::uint64_t, std::uint64_t>> removed_; // [a, b], ascending, apart, all >= first_
};

} // namespace ropewalk::thread
