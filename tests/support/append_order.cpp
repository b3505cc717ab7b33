#include "tests/support/append_order.hpp"

#include <algorithm>
#include <map>

namespace ropewalk::tests {
namespace {

// By its rank in the only order that there can be: an append before the reads that show it, and these before the next append.
struct ranked_operation {
  std::int64_t asked_us = 0;
  std::optional<std::int64_t> answered_us; // none: nothing has to come behind it
  std::uint64_t rank = 0;
  std::string says;
};

class fixed_places {
public:
  // What is wrong with this one, given those before.
  std::optional<std::string> fix(std::uint64_t place, const std::string& what) {
    const auto [at, first_there] = by_place_.emplace(place, what);
    const auto [of, first_of_it] = by_what_.emplace(what, place);
    if (at->second != what)
      return what + " stands at " + std::to_string(place) + ", where " + at->second + " stood as well";
    if (of->second != place)
      return what + " stands at " + std::to_string(place) + " and at " + std::to_string(of->second);
    return std::nullopt;
  }
  std::optional<std::uint64_t> of(const std::string& what) const {
    const auto found = by_what_.find(what);
    return found == by_what_.end() ? std::nullopt : std::optional(found->second);
  }

private:
  std::map<std::uint64_t, std::string> by_place_;
  std::map<std::string, std::uint64_t> by_what_;
};

std::optional<std::string> fix_places(const std::vector<timed_append>& appends, const std::vector<timed_read>& reads,
                                      fixed_places& places) {
  for (const timed_append& a : appends)
    if (a.answered_us)
      if (auto wrong = places.fix(a.place, a.what)) return wrong;
  for (const timed_read& r : reads) {
    if (!r.lasts) continue;
    for (const auto& [place, what] : r.shown) {
      if (place > r.length)
        return "a read of length " + std::to_string(r.length) + " shows " + what + " at " + std::to_string(place);
      if (auto wrong = places.fix(place, what)) return "a read shows that " + *wrong;
    }
  }
  return std::nullopt;
}

std::optional<std::string> rank_fault(std::vector<ranked_operation> all) {
  std::vector<ranked_operation> answered;
  for (const ranked_operation& op : all)
    if (op.answered_us) answered.push_back(op);
  std::sort(answered.begin(), answered.end(), [](auto& a, auto& b) { return *a.answered_us < *b.answered_us; });
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.asked_us < b.asked_us; });
  const ranked_operation* highest = nullptr;
  auto next = answered.begin();
  for (const ranked_operation& op : all) {
    for (; next != answered.end() && *next->answered_us < op.asked_us; ++next)
      if (!highest || next->rank > highest->rank) highest = &*next;
    if (highest && op.rank < highest->rank)
      return op.says + ", asked at " + std::to_string(op.asked_us) + " us, after " + highest->says + ", answered at " +
             std::to_string(*highest->answered_us) + " us";
  }
  return std::nullopt;
}

} // namespace

std::optional<std::string> order_fault(const std::vector<timed_append>& appends, const std::vector<timed_read>& reads) {
  fixed_places places;
  if (auto wrong = fix_places(appends, reads, places)) return wrong;
  std::vector<ranked_operation> all;
  for (const timed_append& a : appends) {
    const auto place = a.answered_us ? a.place : places.of(a.what);
    if (place)
      all.push_back({a.asked_us, a.answered_us, 2 * *place, a.what + " is appended at " + std::to_string(*place)});
  }
  for (const timed_read& r : reads)
    all.push_back({r.asked_us, r.lasts ? std::optional(r.answered_us) : std::nullopt, 2 * r.length + 1,
                   "a read says " + std::to_string(r.length)});
  return rank_fault(std::move(all));
}

} // namespace ropewalk::tests
