#pragma once
// What operators ask of one node, rw.node.<name>.<verb>, decoded.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "runtime/entry.hpp"

namespace ropewalk::transport {

enum class node_request : std::uint8_t {
  health,
  status,
  refused_checkpoints,
  rebuild_views,
  partitions,
  rest
}; // without fields

struct move_partition {
  std::uint64_t partition = 0; // may be one that there is not
  std::string to;
  bool drain = false; // the owner is to own nothing until it is started anew; else it stays with `to`
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

struct read_chain { // what this member's chain of one partition is at `count` places from `from` to `to`
  std::uint64_t partition = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint32_t count = 0;
};
struct verify_journal {
  bool start = false; // else only how far the last one is
};
struct relearn_partition {
  std::uint64_t partition = 0;
  std::uint64_t from = 0;     // index of the first entry that goes to quarantine
  std::optional<digest> hash; // that this entry must have
};

using node_command = std::variant<node_request, move_partition, change_members, list_quarantine, get_quarantined,
                                  settle_quarantined, read_chain, verify_journal, relearn_partition>;

} // namespace ropewalk::transport
