#pragma once
// What an owner has written and its partition's stream has not taken yet stays in memory until it has. While JetStream is away,
// writes at `local` go on, up to a bound (I10).

#include <atomic>
#include <cstdint>
#include <deque>
#include <utility>

#include "runtime/replication/record.hpp"

namespace ropewalk::actors {

// One thread at a time; full() any thread.
class stream_backlog {
public:
  explicit stream_backlog(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void begin(const std::deque<replication::entry_ptr>& tail) {
    waiting_.clear();
    bytes_ = 0;
    for (const replication::entry_ptr& e : tail) count(*e);
    note();
  }
  void add(const entry& e) { // in order of index
    count(e);
    note();
  }
  void accepted(std::uint64_t index) {
    if (waiting_.empty() || waiting_.front().first > index) return;
    for (; !waiting_.empty() && waiting_.front().first <= index; waiting_.pop_front())
      bytes_ -= waiting_.front().second;
    note();
  }
  // What is asked for from outside is refused then; what follows from what was written is not.
  bool full() const noexcept { return full_.load(std::memory_order_relaxed); }

private:
  void count(const entry& e) {
    waiting_.emplace_back(e.index, replication::record_bytes(e));
    bytes_ += waiting_.back().second;
  }
  void note() { full_.store(bytes_ >= most_bytes_, std::memory_order_relaxed); }

  const std::size_t most_bytes_;
  std::deque<std::pair<std::uint64_t, std::size_t>> waiting_; // index, bytes
  std::size_t bytes_ = 0;
  std::atomic<bool> full_{false};
};

} // namespace ropewalk::actors
