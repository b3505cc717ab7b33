#include "actors/child_starts.hpp"

#include <map>
#include <mutex>
#include <vector>

namespace ropewalk::actors {

struct child_starts::books {
  const std::uint32_t most;
  std::mutex lock;
  std::uint64_t next = 0;
  std::map<std::uint64_t, clock::time_point> recent; // by number, so the oldest first: when they were taken
  std::vector<std::uint32_t> of_partition;           // recent or not
  std::size_t all = 0;

  books(std::uint16_t partitions, std::uint32_t bound) : most(bound), of_partition(partitions) {}

  void give_back(std::uint64_t number, partition_id p) {
    const std::scoped_lock held(lock);
    recent.erase(number);
    --of_partition[p.value];
    --all;
  }
};

child_starts::child_starts(std::uint16_t partitions, std::uint32_t most)
    : books_(std::make_shared<books>(partitions, most)) {}

std::shared_ptr<void> child_starts::take(const entity_key& child, clock::time_point now) const {
  books& b = *books_;
  const partition_id p = partition_of(child, static_cast<std::uint16_t>(b.of_partition.size()));
  std::uint64_t number = 0;
  {
    const std::scoped_lock held(b.lock);
    while (!b.recent.empty() && now - b.recent.begin()->second >= long_time) b.recent.erase(b.recent.begin());
    if (b.recent.size() >= b.most || b.of_partition[p.value] >= b.most || b.all >= 4 * b.most) return nullptr;
    number = b.next++;
    b.recent.emplace(number, now);
    ++b.of_partition[p.value];
    ++b.all;
  }
  return {static_cast<void*>(books_.get()), [held = books_, number, p](void*) { held->give_back(number, p); }};
}

std::size_t child_starts::under_way() const {
  const std::scoped_lock held(books_->lock);
  return books_->all;
}

} // namespace ropewalk::actors
