#pragma once
// What all members of a cluster have in common: the file that `ropewalk node --cluster FILE` reads.

#include <cstdint>
#include <string>
#include <vector>

#include "storage/journal_writer.hpp"

namespace ropewalk::actors {

struct cluster_settings {
  std::string id;                     // [A-Za-z0-9_-]{1,64}: in every subject, hash and stream
  std::vector<std::string> members;   // names of nodes, 1 to 16, as the cluster begins
  std::string nats_urls;              // with commas; "" = as the node's own settings say
  std::uint32_t guaranteed_peers = 1; // N of `peers:N`: below the count of members
  std::uint16_t partitions = 16;      // fixed when the cluster is created
  ack_level ack = ack_level::log;     // where a request asks for nothing
  int stream_replicas = 1;            // servers of NATS that hold each stream: 1, 3 or 5
  std::int64_t lease_ms = 3000;       // an owner that is silent for longer is replaced
};

} // namespace ropewalk::actors
