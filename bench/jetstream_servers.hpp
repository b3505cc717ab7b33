#pragma once
// One nats-server with JetStream, or three that are a cluster, for one run.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/nats_server.hpp"

namespace ropewalk::bench {

class jetstream_servers {
public:
  /// Returns when JetStream makes streams on all of them, which for a cluster takes an election.
  jetstream_servers(const std::filesystem::path& directory, int count);

  std::string url() const; ///< of the first one: the leaders are on any

private:
  std::vector<std::unique_ptr<nats_server>> servers_;
};

} // namespace ropewalk::bench
