#pragma once
// What operators ask of one node, rw.node.<name>.<verb>, decoded.

#include <cstdint>
#include <string>
#include <variant>

#include "runtime/entity_key.hpp"

namespace ropewalk::transport {

enum class node_request : std::uint8_t {
  health,
  status,
  refused_checkpoints,
  rebuild_views,
  partitions
}; // without fields

struct move_partition {
  std::uint64_t partition = 0; // may be one that there is not
  std::string to;
};

using node_command = std::variant<node_request, move_partition>;

} // namespace ropewalk::transport
