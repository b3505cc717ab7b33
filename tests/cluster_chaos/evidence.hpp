#pragma once
// What stands on the members' disks, and what they answer, when all is healed and quiet.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/cluster_chaos/chaos_cluster.hpp"

namespace ropewalk::chaos {

struct member_evidence {
  std::string name;
  std::string damage;                                      // of the journal; "" = it verifies
  std::map<std::uint32_t, std::vector<std::string>> chain; // hashes (hexadecimal) by partition, from index 1
  std::set<std::string> quarantine;                        // hashes
  std::uint64_t quarantine_told = 0;                       // how many the node says are open
  std::map<std::string, std::string> views;                // digest of each part of the views, by the part's name
  std::set<std::pair<std::uint32_t, std::uint64_t>> owned; // partitions and epochs, as far as its log tells
};

struct thread_evidence {
  std::map<std::uint64_t, std::string> messages; // content by seq
  std::uint64_t first_revision = 1;              // of message 1
};

struct evidence {
  std::vector<member_evidence> members;
  std::map<std::string, thread_evidence> threads;
};

// Reads all of it; the cluster is settled. Throws std::runtime_error for what cannot be read.
evidence gather(chaos_cluster& c, const std::vector<std::string>& threads);

} // namespace ropewalk::chaos
