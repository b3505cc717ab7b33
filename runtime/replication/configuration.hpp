#pragma once
// Who counts in a partition: its members and N, as the partition's own chain says. An entry of entity kind `partition` and type
// "members" changes it, from that entry on, whether committed or not, and not any more once the entry is cut off.
//
//   {"level":1,"members":["n1","n2","n3"],"guaranteed_peers":1,"next":{"members":["n1","n2","n3","n4"],"guaranteed_peers":2}}
//   {"level":1,"members":["n1","n2","n3","n4"],"guaranteed_peers":2}
//
// A change is these two entries, one after the other (joint consensus: Ongaro, "Consensus", section 4.3): while there is a `next`,
// whatever is counted must be enough of both lists. With max(M-N, a majority) promises for a takeover and N+1 disks for a commit
// one step from one list to the other is not safe: of 3 members with N = 1 a takeover asks 2, of 4 a commit is on 2 others.
// Two neighbouring configurations have one list in common, and of one list a takeover and a commit always share a member.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/replication/record.hpp"
#include "runtime/result.hpp"

namespace ropewalk::replication {

inline constexpr std::size_t members_max = 16;       // of one list: what an owner sends, and what it counts, is for each of them
inline constexpr std::size_t member_name_bytes = 64; // a token of subjects and streams

// One list of members that is counted by itself.
struct voters {
  std::vector<member_name> names;
  std::uint32_t guaranteed_peers = 0; // N, below the count of names
  friend bool operator==(const voters&, const voters&) = default;

  bool has(const member_name& who) const;
  // Promises for a takeover. Two takeovers must share a member that gave its promise to one of them only, and each must meet
  // every N+1 holders of a commit.
  std::size_t promises() const;
  // So many answers of others meet every takeover that the asker may have given its promise to.
  std::size_t answers() const { return names.size() - promises() + 1; }
};

struct configuration {
  std::uint64_t index = 0;   // of the entry that says it; 0: nothing in the chain does, it is the cluster's file
  std::uint64_t version = 0; // counts such entries from 1
  voters now;
  std::optional<voters> next; // a change is under way: both are counted
  // What every member of `now` knows to read: nothing newer is written. Told by members in their answers to beats.
  std::uint32_t level = 1;
  friend bool operator==(const configuration&, const configuration&) = default;

  bool has(const member_name& who) const { return now.has(who) || (next && next->has(who)); }
  // Also when the change that is under way is done.
  bool keeps(const member_name& who) const { return (next ? *next : now).has(who); }
  const voters& last() const { return next ? *next : now; }
  std::vector<member_name> all() const; // of both lists, each once
  template <class Rule>
  bool both(Rule rule) const {
    return rule(now) && (!next || rule(*next));
  }
};

using configuration_ptr = std::shared_ptr<const configuration>;

// What this program reads and may write once all members do. 1: records of format 1 with kinds up to `members`, entries of
// format 1. Frozen: a newer kind of record, entry or request gets the next number, and is not written below it.
inline constexpr std::uint32_t program_level = 1;

// Which entry of a chain says who counts.
bool names_members(const entry& e) noexcept;
entity_key members_entity(partition_id p);
std::string members_body(const configuration& c);
// The configuration that the entry brings. Of a level above `known` nothing but the level is read. Errors: corrupt
// "malformed_members".
result<configuration> read_members(const entry& e, std::uint32_t known = program_level);
// 1 to 16 names of [A-Za-z0-9_-]{1,64}, each once; N below their count.
bool well_formed(const voters& v);

// One operator's wish: a member more, or one less.
struct members_change {
  bool add = true;
  member_name who;
  std::optional<std::uint32_t> guaranteed_peers; // as wished(); none: see there
  friend bool operator==(const members_change&, const members_change&) = default;
};
// The list as it should be afterwards. Where N was half of the members, rounded down, it stays so; another one stays as it is, below
// the count of members.
voters wished(const voters& now, const members_change& c);

} // namespace ropewalk::replication
