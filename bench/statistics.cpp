#include "bench/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace ropewalk::bench {

std::size_t latency_histogram::index_of(std::uint64_t value) noexcept {
  if (value < sub_buckets) return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - (sub_bits + 1);
  const auto within = static_cast<std::size_t>(value >> shift) - sub_buckets;
  return sub_buckets + shift * sub_buckets + within;
}

std::uint64_t latency_histogram::upper_edge(std::size_t index) noexcept {
  if (index < sub_buckets) return index;
  const auto shift = (index - sub_buckets) / sub_buckets;
  const auto within = (index - sub_buckets) % sub_buckets;
  const auto lower = static_cast<std::uint64_t>(sub_buckets + within) << shift;
  return lower + ((std::uint64_t{1} << shift) - 1);
}

void latency_histogram::record(nanoseconds latency) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  ++buckets_[index_of(value)];
  ++count_;
  max_ = std::max(max_, value);
}

nanoseconds latency_histogram::percentile(double fraction) const noexcept {
  if (count_ == 0) return nanoseconds{0};
  const auto rank =
      std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_))), 1);
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < bucket_count; ++index) {
    seen += buckets_[index];
    if (seen >= rank) return nanoseconds{static_cast<std::int64_t>(std::min(upper_edge(index), max_))};
  }
  return max();
}

double median(std::vector<double> values) {
  if (values.empty()) throw std::logic_error("median of nothing");
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

figure median(const std::vector<figure>& rounds) {
  const auto middle = [&](auto field) {
    std::vector<double> values;
    values.reserve(rounds.size());
    for (const auto& round : rounds) values.push_back(field(round));
    return median(std::move(values));
  };
  const auto duration = [&](nanoseconds figure::*member) {
    return nanoseconds{
        std::llround(middle([member](const figure& f) { return static_cast<double>((f.*member).count()); }))};
  };
  return {.rate = middle([](const figure& f) { return f.rate; }),
          .p50 = duration(&figure::p50),
          .p99 = duration(&figure::p99),
          .max = duration(&figure::max)};
}

} // namespace ropewalk::bench
