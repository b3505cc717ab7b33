#include "actors/cluster/ownership.hpp"

#include <algorithm>

#include "storage/entry_hash.hpp"

namespace ropewalk::actors {

ownership::ownership(const std::string& self, std::uint16_t partitions)
    : self_(self), count_(partitions), of_(std::make_unique<entry[]>(partitions)) {}

ownership::place ownership::of(partition_id p) const noexcept {
  const entry& e = of_[p.value];
  if (e.here.load(std::memory_order_acquire)) return {true, nullptr};
  return {false, e.owner.load(std::memory_order_acquire)};
}

std::uint16_t ownership::served_here() const noexcept {
  return static_cast<std::uint16_t>(
      std::count_if(of_.get(), of_.get() + count_, [](const entry& e) { return e.here.load(); }));
}

void ownership::serves_here(partition_id p, bool serves) noexcept {
  of_[p.value].here.store(serves, std::memory_order_release);
}

void ownership::owner_is(partition_id p, const std::string& member) {
  const std::string* name = nullptr;
  if (!member.empty() && member != self_) {
    const std::scoped_lock lock(mutex_);
    if (names_.size() < names_max || names_.contains(member)) name = &*names_.insert(member).first;
  }
  of_[p.value].owner.store(name, std::memory_order_release);
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
