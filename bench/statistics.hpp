#pragma once
// Numbers that a measurement leaves behind: a latency histogram of fixed size, and medians over rounds.
//
//   latency_histogram h;
//   h.record(std::chrono::microseconds{180});
//   h.percentile(0.99);   // at most 1.6 % above the true value, never above max()

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ropewalk::bench {

using nanoseconds = std::chrono::nanoseconds;

/// Log-linear buckets, 64 to each power of two (the layout of HdrHistogram): recording is a few instructions
/// and no allocation, so that it can stand on the path that is being measured.
class latency_histogram {
public:
  void record(nanoseconds latency) noexcept;

  /// `fraction` in (0, 1]. Zero if nothing was recorded.
  nanoseconds percentile(double fraction) const noexcept;
  nanoseconds max() const noexcept { return nanoseconds{static_cast<std::int64_t>(max_)}; }
  std::uint64_t count() const noexcept { return count_; }

private:
  static constexpr unsigned sub_bits = 6;
  static constexpr std::size_t sub_buckets = std::size_t{1} << sub_bits;
  static constexpr std::size_t bucket_count = (64 - sub_bits + 1) * sub_buckets;

  static std::size_t index_of(std::uint64_t value) noexcept;
  static std::uint64_t upper_edge(std::size_t index) noexcept;

  std::array<std::uint64_t, bucket_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

/// What one measurement says: operations a second, and the time that one takes.
struct figure {
  double rate = 0;
  nanoseconds p50{0};
  nanoseconds p99{0};
  nanoseconds max{0};
};

/// The middle value; of an even number the mean of the two in the middle. Not of an empty list.
double median(std::vector<double> values);

/// The median of each field by itself, over rounds of the same measurement.
figure median(const std::vector<figure>& rounds);

} // namespace ropewalk::bench
