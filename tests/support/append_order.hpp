#pragma once
// Whether answered appends to one log, and reads of its length, can have happened one after the other between their
// questions and their answers. Appends carry the place that they got, reads the length that they saw:
//
//   an append that was answered before another one was asked stands before it;
//   a read shows every append that was answered before it was asked.
//
// A value that counts its changes is such a log: edits of one message, by revision.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk::tests {

struct timed_operation {
  std::int64_t asked_us = 0, answered_us = 0;
  std::uint64_t number = 0; // place or length
};

// What is wrong, in words; nullopt: nothing.
inline std::optional<std::string> order_fault(std::vector<timed_operation> appends,
                                              std::vector<timed_operation> reads) {
  std::vector<timed_operation> answered = appends;
  std::sort(answered.begin(), answered.end(), [](auto& a, auto& b) { return a.answered_us < b.answered_us; });
  const auto judge = [&](std::vector<timed_operation>& later, bool are_reads) -> std::optional<std::string> {
    std::sort(later.begin(), later.end(), [](auto& a, auto& b) { return a.asked_us < b.asked_us; });
    std::uint64_t highest = 0;
    auto next = answered.begin();
    for (const timed_operation& op : later) {
      for (; next != answered.end() && next->answered_us < op.asked_us; ++next)
        highest = std::max(highest, next->number);
      if (are_reads ? op.number < highest : op.number <= highest)
        return std::string(are_reads ? "a read" : "an append") + ", asked at " + std::to_string(op.asked_us) +
               " us, says " + std::to_string(op.number) + " after " + std::to_string(highest) + " was answered";
    }
    return std::nullopt;
  };
  if (auto wrong = judge(appends, false)) return wrong;
  return judge(reads, true);
}

} // namespace ropewalk::tests
