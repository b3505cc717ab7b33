#pragma once
// One nats-server with JetStream, or three that are a cluster, for one run. Servers are counted from 0.

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

  int count() const noexcept { return static_cast<int>(servers_.size()); }
  std::string url(int server = 0) const;    ///< the leaders are on any
  std::string urls() const;                 ///< of all, with commas
  int named(const std::string& name) const; ///< -1: none

  /// SIGKILL. Where it is started again it has the same place, port and files.
  void kill(int server);
  void start(int server);

private:
  struct place {
    std::string name, url;
    std::filesystem::path directory;
    std::vector<std::string> arguments;
    std::unique_ptr<nats_server> running;
  };

  std::vector<place> servers_;
};

} // namespace ropewalk::bench
