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

struct change_members {
  std::uint64_t partition = 0; // likewise
  bool add = true;
  std::string member;
  std::uint64_t guaranteed_peers = 0; // afterwards; 0 = as it follows from the count
};

struct list_quarantine {
  std::uint64_t after = 0; // of the node's journal
  std::uint32_t limit = 0;
  bool settled = false; // also what is open no more
};
struct get_quarantined {
  std::uint64_t position = 0;
};
struct settle_quarantined {
  std::uint64_t position = 0;
  bool offered = false; // to its thread again; else discarded
  std::string reason;
};

using node_command =
    std::variant<node_request, move_partition, change_members, list_quarantine, get_quarantined, settle_quarantined>;

} // namespace ropewalk::transport
