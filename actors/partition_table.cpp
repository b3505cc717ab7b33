#include "actors/partition_table.hpp"

#include "actors/messages.hpp"

namespace ropewalk::actors {

void partition_table::open(std::vector<caf::actor> owners) {
  std::lock_guard lock(mutex_);
  owners_ = std::move(owners);
}

std::vector<caf::actor> partition_table::close() {
  std::lock_guard lock(mutex_);
  return std::exchange(owners_, {});
}

void partition_table::route(request_ptr r) {
  const partition_id partition = partition_of(r->entity, partitions_);
  route(partition, std::move(r));
}

void partition_table::route(partition_id partition, request_ptr r) {
  if (of_cluster_ && (!of_cluster_->of(partition).here || is_repeated_(*r))) return elsewhere_(partition, std::move(r));
  {
    std::lock_guard lock(mutex_);
    if (!owners_.empty()) return post(owners_[partition.value], request_mail{std::move(r)});
  }
  r->refuse({errc::unavailable, "node_stopping", "the node is stopping; try again", {}});
}

void partition_table::tell_all_failed(std::uint64_t generation) {
  std::lock_guard lock(mutex_);
  for (const caf::actor& owner : owners_) post(owner, journal_failed{generation});
}

void partition_table::serve(partition_id p, std::uint64_t generation, std::uint64_t views_behind) {
  std::lock_guard lock(mutex_);
  if (!owners_.empty()) post(owners_[p.value], partition_served{generation, views_behind});
}

void partition_table::lose(partition_id p, std::uint64_t generation) {
  std::lock_guard lock(mutex_);
  if (!owners_.empty()) post(owners_[p.value], partition_lost{generation});
}

void partition_table::drain(partition_id p, bool on) {
  std::lock_guard lock(mutex_);
  if (!owners_.empty()) post(owners_[p.value], partition_draining{on});
}

} // namespace ropewalk::actors
