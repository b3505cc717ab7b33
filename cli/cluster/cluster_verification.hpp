#pragma once
// Whether all members of a cluster hold the same chains, and each one bytes that verify; and what puts a wrong one right.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/cluster/chain_comparison.hpp"
#include "cli/cluster/cluster_report.hpp"

namespace ropewalk::cli {

struct chain_damage { // what a member's own verification found first
  std::uint64_t partition = 0;
  std::uint64_t index = 0; // 0: no entry's; the place in the file tells
  std::uint64_t position = 0;
  std::string why;
};
struct member_verification {
  std::string name;
  std::string trouble; // why nothing is known of it
  bool read = false;   // it read its journal; else only the chains were compared
  std::uint64_t entries = 0, refused_checkpoints = 0;
  std::optional<chain_damage> damage;
};
struct partition_divergence {
  std::uint64_t partition = 0;
  chain_divergence what;
};
struct cluster_verification {
  cluster_report cluster;
  std::vector<member_verification> members; // in the order of the cluster's file
  std::vector<std::uint64_t> compared;      // of each partition: the highest index that members have in common
  std::vector<partition_divergence> divergences;
  bool verified() const; // of what was seen
  std::vector<std::string> missing() const;
};

struct verification_options {
  bool read_journals = true;
  std::function<bool()> go_on;                                        // false: interrupted
  std::function<void(std::uint64_t done, std::uint64_t all)> progress; // of the journals, in entries
};
// Errors: those of ask_cluster; unavailable "interrupted".
result<cluster_verification> verify_cluster(session& s, const verification_options& o);

// What a member has to give up and to learn again.
struct repair_order {
  std::uint64_t partition = 0, from = 0;
  std::string hash; // that its entry there has; "" = whatever it is
};
// Empty: nothing is wrong with it. Errors: conflict "must_be_wiped"; unavailable "too_few_good" if fewer others hold the right chain,
// and all that this one has, than can own the partition and commit meanwhile; not_found "unknown_member".
result<std::vector<repair_order>> plan_repair(const cluster_verification& v, const std::string& member);

// Of the new orders one that is no progress: its partition was put right before, from there on or from an earlier index. Null:
// there is none.
const repair_order* wrong_again(const std::vector<repair_order>& repaired, const std::vector<repair_order>& orders);

// {"verified","cluster","missing":[…],"members":[…],"partitions":[{"partition","compared"}],"divergences":[…]}
std::string render_verification(const cluster_verification& v, const std::vector<repair_order>& repaired);

} // namespace ropewalk::cli
