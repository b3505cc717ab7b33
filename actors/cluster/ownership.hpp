#pragma once
// Which member serves which partition, as far as this one knows. Any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/entity_key.hpp"

namespace ropewalk::actors {

class ownership {
public:
  ownership(std::vector<std::string> members, const std::string& self, std::uint16_t partitions);

  struct place {
    bool here = false;                   // served by this node
    const std::string* member = nullptr; // else: by whom; null = nobody is known
  };
  place of(partition_id p) const noexcept;
  std::uint16_t served_here() const noexcept;
  std::uint16_t partitions() const noexcept { return static_cast<std::uint16_t>(count_); }

  void serves_here(partition_id p, bool serves) noexcept;
  void owner_is(partition_id p, const std::string& member) noexcept;

private:
  static constexpr std::int16_t nobody = -1;
  const std::vector<std::string> members_;
  const std::size_t self_;
  struct entry {
    std::atomic<std::int16_t> owner{nobody};
    std::atomic<bool> here{false};
  };
  const std::size_t count_;
  const std::unique_ptr<entry[]> of_;
};

// Who owns a partition first, second, ...: the highest hash of (cluster, partition, member) in front, so that a member that
// comes or goes moves its own share alone (rendezvous hashing, Thaler and Ravishankar 1998).
std::vector<std::string> preference_of(const std::string& cluster, partition_id p, std::vector<std::string> members);

} // namespace ropewalk::actors
