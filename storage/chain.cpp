#include "storage/chain.hpp"

#include "runtime/invariant.hpp"
#include "storage/entry_hash.hpp"

namespace ropewalk::storage {

chain::chain(const journal_meta& meta) : heads_(meta.partitions) {
  for (std::uint16_t p = 0; p < meta.partitions; ++p)
    heads_[p].hash = genesis_hash(meta.cluster, partition_id{p}, meta.partitions);
}

std::optional<std::string> chain::follow(const entry& e) {
  if (e.position != position_ + 1)
    return "its position is " + std::to_string(e.position) + " and should be " + std::to_string(position_ + 1);
  if (e.partition.value >= heads_.size()) return "there is no such partition";
  const partition_head& head = heads_[e.partition.value];
  if (e.index != head.index + 1)
    return "its index is " + std::to_string(e.index) + " and should be " + std::to_string(head.index + 1);
  if (e.prev_hash != head.hash) return "prev_hash is not the hash of the entry before it";
  if (hash_of(e) != e.hash) return "the hash is not that of the content";
  move_to(e);
  return std::nullopt;
}

void chain::move_to(const entry& e) {
  INVARIANT(e.partition.value < heads_.size(), e.partition.value, heads_.size());
  position_ = e.position;
  heads_[e.partition.value] = {e.index, e.position, e.hash};
}

void chain::skip_to(std::uint64_t position) {
  INVARIANT(position >= position_, position, position_);
  position_ = position;
}

void chain::move_head(partition_id partition, const partition_head& to) {
  INVARIANT(partition.value < heads_.size(), partition.value, heads_.size());
  heads_[partition.value] = to;
}

void chain::move_to(std::uint64_t position, std::vector<partition_head> heads) {
  INVARIANT(heads.size() == heads_.size(), heads.size(), heads_.size());
  position_ = position;
  heads_ = std::move(heads);
}

} // namespace ropewalk::storage
