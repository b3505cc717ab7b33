#pragma once
// How long something took, counted in buckets of fixed bounds. Counting is two relaxed additions; a reader that comes between
// them is off by one measurement.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ropewalk {

class duration_histogram {
public:
  static constexpr std::array<double, 14> bounds_s{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                   0.025,  0.05,    0.1,    0.25,  1,      5,     15};
  struct counts {
    std::array<std::uint64_t, bounds_s.size() + 1> bucket{}; // not cumulative; the last one: beyond all bounds
    double sum_s = 0;
  };

  void add(std::chrono::nanoseconds took) noexcept {
    const double seconds = std::chrono::duration<double>(took).count();
    std::size_t at = 0;
    while (at < bounds_s.size() && seconds > bounds_s[at]) ++at;
    bucket_[at].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  }
  counts read() const noexcept {
    counts c;
    for (std::size_t i = 0; i < bucket_.size(); ++i) c.bucket[i] = bucket_[i].load(std::memory_order_relaxed);
    c.sum_s = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
    return c;
  }

private:
  std::array<std::atomic<std::uint64_t>, bounds_s.size() + 1> bucket_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

} // namespace ropewalk
