#pragma once
// Which member serves which partition, as far as this one knows. Any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/entity_key.hpp"

namespace ropewalk::actors {

class ownership {
public:
  ownership(const std::string& self, std::uint16_t partitions);

  struct place {
    bool here = false;                   // served by this node
    const std::string* member = nullptr; // else: by whom; null = nobody is known. As long as this lives
  };
  place of(partition_id p) const noexcept;
  std::uint16_t served_here() const noexcept;
  std::uint16_t partitions() const noexcept { return static_cast<std::uint16_t>(count_); }

  void serves_here(partition_id p, bool serves) noexcept;
  void owner_is(partition_id p, const std::string& member); // "" = unknown

private:
  static constexpr std::size_t names_max = 1024; // of members that ever were; beyond it nobody is known (I10)
  const std::string self_;
  struct entry {
    std::atomic<const std::string*> owner{nullptr};
    std::atomic<bool> here{false};
  };
  const std::size_t count_;
  const std::unique_ptr<entry[]> of_;
  std::mutex mutex_;
  std::set<std::string> names_; // places point into it
};

// Who owns a partition first, second, ...: the highest hash of (cluster, partition, member) in front, so that a member that
// comes or goes moves its own share alone (rendezvous hashing, Thaler and Ravishankar 1998).
std::vector<std::string> preference_of(const std::string& cluster, partition_id p, std::vector<std::string> members);

} // namespace ropewalk::actors
