#include "tests/cluster_chaos/fault_plan_of_round.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace ropewalk::chaos {
namespace {

constexpr int gap_ms = 1'500; // of two faults of one thing, so that it can begin again in between
constexpr int tries = 30;

std::vector<std::string> held_by(const fault_kind& k, int which, const round_shape& shape) {
  const std::string number = std::to_string(which);
  switch (k.hits) {
  case target::node:
  case target::disk: return {"node" + number};
  case target::link: return {"link" + number};
  case target::two_links: {
    const auto [one, other] = pair_of(which, shape.nodes);
    return {"link" + std::to_string(one), "link" + std::to_string(other)};
  }
  case target::server: return {"server" + number};
  case target::route: return {"routes"};
  case target::clock: return {"node" + number}; // one without its clock.json would believe any clock
  case target::all_servers: break;
  }
  std::vector<std::string> all;
  for (int s = 0; s < shape.nats_servers; ++s) all.push_back("server" + std::to_string(s));
  return all;
}

} // namespace

std::vector<planned_fault> plan_faults(const std::vector<fault_kind>& kinds, const round_shape& shape,
                                       std::mt19937_64& random) {
  std::vector<const fault_kind*> fit;
  for (const fault_kind& k : kinds) {
    if ((k.needs_servers && shape.nats_servers < 3) || (k.needs_clocks && !shape.clocks)) continue;
    fit.insert(fit.end(), static_cast<std::size_t>(k.weight), &k);
  }
  std::vector<planned_fault> plan;
  if (fit.empty()) return plan;
  const std::size_t count = random() % 3 == 0 ? 1 : 2 + random() % 4;
  bool disk_lost = false;
  struct interval {
    int from, to;
  };
  std::map<std::string, std::vector<interval>> taken;
  for (int t = 0; t < tries && plan.size() < count; ++t) {
    planned_fault f;
    f.kind = fit[random() % fit.size()];
    f.random = random();
    const bool of_server = f.kind->hits == target::server || f.kind->hits == target::route;
    f.which = static_cast<int>(random() % static_cast<std::uint64_t>(of_server ? shape.nats_servers : shape.nodes));
    f.at_ms = 500 + static_cast<int>(random() % static_cast<std::uint64_t>(shape.length_ms));
    const double least = f.kind->shortest_ms, most = std::max(f.kind->shortest_ms, std::min(f.kind->longest_ms, 3 * shape.length_ms));
    const double part = static_cast<double>(random() % 10'000) / 10'000;
    // Of each order of magnitude as many, and some long ones more.
    f.lasts_ms = static_cast<int>(f.random % 3 == 0 ? least + (most - least) * part : least * std::pow(most / least, part));
    if (f.kind->loses_disk && disk_lost) continue;
    const auto things = held_by(*f.kind, f.which, shape);
    const bool free = std::all_of(things.begin(), things.end(), [&](const std::string& thing) {
      return std::none_of(taken[thing].begin(), taken[thing].end(), [&](const interval& i) {
        return f.at_ms < i.to + gap_ms && i.from < f.at_ms + f.lasts_ms + gap_ms;
      });
    });
    if (!free) continue;
    for (const std::string& thing : things) taken[thing].push_back({f.at_ms, f.at_ms + f.lasts_ms});
    disk_lost = disk_lost || f.kind->loses_disk;
    plan.push_back(f);
  }
  std::sort(plan.begin(), plan.end(), [](auto& a, auto& b) { return a.at_ms < b.at_ms; });
  return plan;
}

} // namespace ropewalk::chaos
