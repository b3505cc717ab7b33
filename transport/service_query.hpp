#pragma once
// Which nodes are there: asks $SRV.PING.ropewalk and gathers the answers.

#include <chrono>
#include <string>
#include <vector>

#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

struct found_node {
  std::string id;       // of the process
  std::string node;     // its name
  std::string prefix;   // of the subjects it serves; "" = it does not say
  std::string cluster;  // of its journal
  std::string started;  // of the process; RFC 3339, fixed width: the order of texts is the order of times
  bool serving = false; // false: it makes itself known before it serves
};

// Waits for the whole time if anybody answers, and not at all if the server says that nobody listens.
result<std::vector<found_node>> find_nodes(nats_connection& connection, std::chrono::milliseconds wait);

} // namespace ropewalk::transport
