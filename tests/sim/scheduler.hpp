#pragma once
// Simulated time: what is due first happens first, of two things at one moment the one that was asked for first.

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace ropewalk::sim {

class scheduler {
public:
  std::int64_t now() const noexcept { return now_; }
  void after(std::int64_t delay_us, std::function<void()> what) {
    queue_.push_back({now_ + (delay_us < 0 ? 0 : delay_us), ++order_, std::move(what)});
    std::push_heap(queue_.begin(), queue_.end(), later);
  }
  // Everything up to that time.
  void run_until(std::int64_t time_us) {
    while (!queue_.empty() && queue_.front().at <= time_us) {
      std::pop_heap(queue_.begin(), queue_.end(), later);
      item next = std::move(queue_.back());
      queue_.pop_back();
      now_ = next.at;
      ++steps_;
      next.what();
    }
    now_ = time_us;
  }
  std::uint64_t steps() const noexcept { return steps_; }

private:
  struct item {
    std::int64_t at;
    std::uint64_t order;
    std::function<void()> what;
  };
  static bool later(const item& a, const item& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  std::vector<item> queue_;
  std::int64_t now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
};

} // namespace ropewalk::sim
