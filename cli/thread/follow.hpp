#pragma once
// Which messages of a thread a follower has seen, and what a live event means for it. No I/O.
//
// The idea: the thread's messages, read behind the last seq seen, are the truth; live events only say when to
// read. One event saves the read: the very next message. So nothing is missed, whatever happens to events,
// and nothing is shown twice.

#include <cstdint>

namespace ropewalk::cli {

class follow_position {
public:
  explicit follow_position(std::uint64_t seen = 0) : seen_(seen) {}

  std::uint64_t seen() const noexcept { return seen_; }

  enum class step { show, read, ignore };
  // An event "appended" of that seq: show its message (and it is seen), read on behind seen(), or nothing
  // new.
  step on_appended(std::uint64_t seq) noexcept {
    if (seq <= seen_) return step::ignore;
    if (seq != seen_ + 1) return step::read;
    seen_ = seq;
    return step::show;
  }
  // A message that a read answered: true if it is new.
  bool on_read(std::uint64_t seq) noexcept {
    if (seq <= seen_) return false;
    seen_ = seq;
    return true;
  }
  // A read ended; the thread's last seq was that. Seqs up to it that did not come do not exist any more.
  void on_read_end(std::uint64_t last_seq) noexcept {
    if (last_seq > seen_) seen_ = last_seq;
  }

private:
  std::uint64_t seen_;
};

} // namespace ropewalk::cli
