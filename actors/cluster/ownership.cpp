#include "actors/cluster/ownership.hpp"

#include <algorithm>

#include "storage/entry_hash.hpp"

namespace ropewalk::actors {

ownership::ownership(std::vector<std::string> members, const std::string& self, std::uint16_t partitions)
    : members_(std::move(members)),
      self_(static_cast<std::size_t>(std::find(members_.begin(), members_.end(), self) - members_.begin())),
      count_(partitions), of_(std::make_unique<entry[]>(partitions)) {}

ownership::place ownership::of(partition_id p) const noexcept {
  const entry& e = of_[p.value];
  if (e.here.load(std::memory_order_acquire)) return {true, nullptr};
  const std::int16_t owner = e.owner.load(std::memory_order_acquire);
  if (owner < 0 || static_cast<std::size_t>(owner) == self_) return {};
  return {false, &members_[static_cast<std::size_t>(owner)]};
}

std::uint16_t ownership::served_here() const noexcept {
  return static_cast<std::uint16_t>(std::count_if(of_.get(), of_.get() + count_, [](const entry& e) { return e.here.load(); }));
}

void ownership::serves_here(partition_id p, bool serves) noexcept {
  of_[p.value].here.store(serves, std::memory_order_release);
}

void ownership::owner_is(partition_id p, const std::string& member) noexcept {
  const auto at = std::find(members_.begin(), members_.end(), member);
  of_[p.value].owner.store(at == members_.end() ? nobody : static_cast<std::int16_t>(at - members_.begin()),
                           std::memory_order_release);
}

std::vector<std::string> preference_of(const std::string& cluster, partition_id p, std::vector<std::string> members) {
  const auto weight = [&](const std::string& member) {
    return storage::sha256("ropewalk.owner.1 " + cluster + ' ' + std::to_string(p.value) + ' ' + member);
  };
  std::sort(members.begin(), members.end(),
            [&](const std::string& a, const std::string& b) { return weight(a) > weight(b); });
  return members;
}

} // namespace ropewalk::actors
