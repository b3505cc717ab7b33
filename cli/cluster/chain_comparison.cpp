#include "cli/cluster/chain_comparison.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::uint32_t places_a_round = 64; // the node's own bound: four rounds for sixteen million entries

class chain_search {
public:
  chain_search(const std::vector<std::string>& members, const chain_question& ask) : ask_(ask) {
    for (const std::string& m : members)
      if (const auto far = asked(m, {}); far && far->durable > 0) holders_.push_back({m, far->durable});
  }

  // At the lowest end first: who is behind must not hide what the others have.
  chain_comparison run() {
    std::uint64_t alike = 0;
    while (!seen_.found && holders_.size() > 1) {
      const auto lowest = std::min_element(holders_.begin(), holders_.end(),
                                           [](const holder& a, const holder& b) { return a.durable < b.durable; });
      const std::uint64_t end = lowest->durable;
      if (!all_alike(at({end, end, 1}), end)) {
        narrow(alike, end);
        return std::move(seen_);
      }
      alike = seen_.compared = end;
      std::erase_if(holders_, [&](const holder& h) { return h.durable == end; });
    }
    return std::move(seen_);
  }

private:
  struct holder {
    std::string member;
    std::uint64_t durable = 0;
  };
  using answers = std::vector<std::pair<std::string, std::map<std::uint64_t, chain_hash>>>;

  std::optional<chain_answer> asked(const std::string& member, const chain_places& places) {
    auto answer = ask_(member, places);
    if (answer) return *std::move(answer);
    if (std::find(seen_.silent.begin(), seen_.silent.end(), member) == seen_.silent.end())
      seen_.silent.push_back(member);
    return std::nullopt;
  }

  answers at(const chain_places& places) {
    answers all;
    std::vector<holder> still;
    for (holder& h : holders_) {
      const auto answer = asked(h.member, places);
      if (!answer) continue;
      auto& [member, hashes] = all.emplace_back(h.member, std::map<std::uint64_t, chain_hash>{});
      for (const chain_hash& p : answer->points) hashes.emplace(p.index, p);
      still.push_back(std::move(h));
    }
    holders_ = std::move(still);
    return all;
  }

  static bool all_alike(const answers& all, std::uint64_t index) {
    const chain_hash* first = nullptr;
    for (const auto& [member, hashes] : all) {
      const auto there = hashes.find(index);
      if (there == hashes.end()) continue; // it was cut meanwhile
      if (there->second.hash.empty() || (first && first->hash != there->second.hash)) return false;
      first = &there->second;
    }
    return true;
  }

  // Alike at low, not at high.
  void narrow(std::uint64_t low, std::uint64_t high) {
    while (high - low > 1) {
      const answers all = at({low + 1, high, places_a_round});
      std::map<std::uint64_t, bool> places;
      for (const auto& [member, hashes] : all)
        for (const auto& [index, hash] : hashes) places.emplace(index, false);
      const std::uint64_t before = high;
      bool differs = false;
      for (const auto& [index, unused] : places) {
        if (all_alike(all, index)) low = std::max(low, index);
        else {
          high = index;
          differs = true;
          break;
        }
      }
      if (!differs || (high == before && places.size() < 2)) {
        seen_.unsettled = true;
        return;
      }
    }
    judge(high);
  }

  void judge(std::uint64_t index) {
    chain_divergence d;
    d.index = index;
    std::map<std::string, std::size_t> groups;
    for (const auto& [member, hashes] : at({index, index, 1})) {
      const auto there = hashes.find(index);
      if (there == hashes.end()) continue;
      d.hashes.push_back({member, there->second});
      if (!there->second.hash.empty()) ++groups[there->second.hash];
    }
    if (groups.size() < 2 && std::all_of(d.hashes.begin(), d.hashes.end(), [](auto& h) { return !h.at.hash.empty(); })) {
      seen_.unsettled = true;
      return;
    }
    std::size_t readable = 0;
    for (const auto& [hash, count] : groups) readable += count;
    std::string right; // more than half of those that can be read
    for (const auto& [hash, count] : groups)
      if (count * 2 > readable) right = hash;
    for (const auto& h : d.hashes)
      if (h.at.hash.empty() || (!right.empty() && h.at.hash != right)) d.differ.push_back(h.member);
    seen_.found = std::move(d);
  }

  const chain_question& ask_;
  std::vector<holder> holders_;
  chain_comparison seen_;
};

} // namespace

chain_comparison compare_chains(const std::vector<std::string>& members, const chain_question& ask) {
  return chain_search(members, ask).run();
}

} // namespace ropewalk::cli
