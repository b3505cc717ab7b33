#pragma once
// What JetStream tells of streams.

#include <cstdint>
#include <string>
#include <vector>

#include "bench/nats_client.hpp"

namespace ropewalk::bench {

struct stream_facts {
  std::string subject;
  std::string leader;   ///< name of its server; "" on a server alone
  bool in_step = false; ///< of the servers that hold it
  std::uint64_t first = 0, last = 0, messages = 0;
};

/// All are asked at the same moment. Throws if one is not answered: a stream without a leader is not.
std::vector<stream_facts> facts_of(nats_connection& client, const std::vector<std::string>& streams);

/// Returns when each has a leader with whom all of its servers are in step; throws if it does not come to that.
void wait_replicated(nats_connection& client, const std::vector<std::string>& streams);

/// The stream that each partition's records go to, by partition.
std::vector<std::string> partition_streams(nats_connection& client, const std::string& cluster);

} // namespace ropewalk::bench
