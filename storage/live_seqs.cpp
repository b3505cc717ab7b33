#include "storage/live_seqs.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk::storage {
namespace {

using range = std::pair<std::uint64_t, std::uint64_t>; // [first, second]

// The live seqs in [low, high] as ascending ranges.
std::vector<range> live_ranges(const thread::message_set& set, std::uint64_t low, std::uint64_t high) {
  std::vector<range> ranges;
  const auto add = [&](std::uint64_t a, std::uint64_t b) {
    a = std::max(a, low), b = std::min(b, high);
    if (a <= b) ranges.emplace_back(a, b);
  };
  std::uint64_t from = std::max<std::uint64_t>(set.trim_point(), 1);
  for (const std::uint64_t pin : set.pinned())
    if (pin < from) add(pin, pin);
  for (const auto& [a, b] : set.removed()) {
    if (a > from) add(from, a - 1);
    from = std::max(from, b + 1);
  }
  if (from <= set.last_seq()) add(from, set.last_seq());
  return ranges;
}

} // namespace

live_page live_seqs(const thread::message_set& set, const page_query& what) {
  live_page page;
  const std::uint64_t low = what.after_seq ? *what.after_seq + 1 : 1;
  const std::uint64_t high =
      what.before_seq ? *what.before_seq - std::min<std::uint64_t>(*what.before_seq, 1) : set.last_seq();
  if (what.after_seq && *what.after_seq >= set.last_seq()) return page;
  std::vector<range> ranges = live_ranges(set, low, high);
  if (what.reverse) std::reverse(ranges.begin(), ranges.end());
  std::uint64_t skip = what.offset;
  for (auto [a, b] : ranges) {
    const std::uint64_t size = b - a + 1;
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const std::uint64_t wanted = what.limit - page.seqs.size();
    const std::uint64_t take = std::min(size - skip, wanted);
    for (std::uint64_t i = 0; i < take; ++i) page.seqs.push_back(what.reverse ? b - skip - i : a + skip + i);
    if (take < size - skip) {
      page.more = true;
      break;
    }
    skip = 0;
  }
  if (what.reverse) std::reverse(page.seqs.begin(), page.seqs.end());
  return page;
}

} // namespace ropewalk::storage
