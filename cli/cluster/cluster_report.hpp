#pragma once
// What the members of a cluster say of its partitions, gathered from each one's `partitions` verb.
//
//   const auto report = ask_cluster(s);
//   for (const member_report& m : report->members) if (!m.answers()) ...
//
// Members answer one after the other, so that a cluster at work looks as if some were a little behind.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"

namespace ropewalk::cli {

// What one member says of one partition.
struct partition_report {
  std::string stage, owner; // owner: the last one that it knows
  bool serving = false, standing = false, resting = false;
  std::uint64_t epoch = 0, generation = 0;
  std::uint64_t head = 0, accepted = 0, durable = 0;
  std::vector<std::string> members; // as it knows them, both lists while they change
  std::uint64_t guaranteed_peers = 0;
  bool changing = false;
  std::uint64_t stream_silent_ms = 0; // for how long its stream has not answered this member; 0: it does
  bool stands_still = false;          // look_for_standstill()
  // Of an owner: written, and not in the stream yet.
  std::uint64_t uncommitted() const noexcept { return head > accepted ? head - accepted : 0; }
};

struct member_report {
  std::string name;
  std::string trouble;                      // why it says nothing; "" = it answered
  std::vector<partition_report> partitions; // by number; none without an answer
  std::uint64_t quarantined = 0;            // entries that are neither offered again nor discarded
  std::uint64_t quarantine_alarm = 0;       // of them: what was promised more than `local`, or not known what
  bool answers() const noexcept { return trouble.empty(); }
  std::size_t serving() const;
  bool rests() const;                   // an operator drained it
  std::size_t without_standing() const; // partitions in which its disk was wiped or is new, and learns first
};

struct cluster_report {
  std::string id;
  std::uint64_t guaranteed_peers = 0;
  std::size_t partitions = 0;
  std::vector<member_report> members;   // of any partition, as its owner says
  std::vector<member_report> outsiders; // nodes of the cluster that are no members: not yet, or not any more

  const member_report* member(const std::string& name) const;
  bool is_member(std::size_t partition, const std::string& name) const; // as whoever serves it says, or knows most
  // Who serves it: of two that say so (one was replaced and does not know yet) the one of the later epoch. Null: nobody.
  const member_report* server_of(std::size_t partition) const;
  // Entries that are accepted and not on m's disk yet. m must have answered.
  std::uint64_t behind(const member_report& m, std::size_t partition) const;
  std::uint64_t most_behind(const member_report& m) const; // in any partition
  // Of those that answered, whoever knows most.
  std::uint64_t accepted(std::size_t partition) const;

  std::vector<std::string> missing() const;       // members that say nothing
  std::vector<std::size_t> without_owner() const; // partitions
  std::uint64_t uncommitted(std::size_t partition) const; // as its owner says; of none 0
  // Partitions in which nothing is committed: the stream does not answer their owner, or what that one wrote does not get into
  // it.
  std::vector<std::size_t> standing_still() const;
  bool healthy() const { return missing().empty() && without_owner().empty() && standing_still().empty(); }
};

// Of the clusters that these nodes are of: members that are not among them. They may be slow, or gone. A node that is alone, or
// says nothing, adds none.
std::vector<std::string> members_beside(wire_client& client, const std::vector<std::string>& nodes);

// Errors: unavailable "no_responders" if nobody answers; unsupported "no_cluster" if those who do are alone.
result<cluster_report> ask_cluster(session& s);

// What is written is in the stream a moment later. Where the owner has entries that are not, it is asked again until some
// are; true of those where none are within a few seconds.
void look_for_standstill(wire_client& client, cluster_report& r);

// {"cluster","guaranteed_peers","partitions":N,"missing":[…],"without_owner":[…],"uncommitted":N,"standing_still":[…],"members":[…]}
std::string render_status(const cluster_report& r);
// {"members":[{"member","answers","trouble"?,"serving","behind","without_standing","resting","quarantined","quarantine_alarm","no_member"?}]}; no_member:
// not yet, removed, or only of some partitions
std::string render_members(const cluster_report& r);
// {"partitions":[{"partition","owner","epoch","generation","head","uncommitted","standing_still","stream_silent_ms",
// "behind":{"n1":0,"n2":null}}]}; owner "" and null: nobody, no answer
std::string render_partitions(const cluster_report& r);

} // namespace ropewalk::cli
