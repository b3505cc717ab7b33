#pragma once
// How far the members of a cluster are in each partition, as they tell it themselves.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/first_answers.hpp"
#include "bench/nats_client.hpp"

namespace ropewalk::bench {

struct partition_stand {
  bool serving = false;
  bool standing = false;        ///< false: its disk is new, and it learns first
  std::uint64_t generation = 0; ///< of the partition's stream
  std::uint64_t accepted = 0;   ///< last index that the cluster has taken
  std::uint64_t durable = 0;    ///< of them on this disk
};

using member_stand = std::vector<partition_stand>; ///< by partition; empty: the member does not answer

question stand_question(int node);
member_stand read_stand(const std::string& text);

/// All members are asked at the same moment.
std::vector<member_stand> stands(nats_connection& client, std::chrono::milliseconds patience = std::chrono::seconds{2});

/// The node that serves the partition; -1: none.
int owner_of(const std::vector<member_stand>& all, int partition);

/// The member has all that each partition's owner has. A partition without an owner: false.
bool has_all(const std::vector<member_stand>& all, int node);

/// Returns when the wanted holds for all members; throws if it does not come to that.
void wait_in_step(nats_connection& client, std::chrono::seconds patience = std::chrono::seconds{120});

/// Hands partition p to node p modulo 3, where it stays. Left alone, whoever is up first has all of them for a while.
void spread_owners(nats_connection& client);

} // namespace ropewalk::bench
