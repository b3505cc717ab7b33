#pragma once
// A nats-server of our own on a free loopback port, for one run.

#include <filesystem>
#include <string>
#include <vector>

#include "bench/child_process.hpp"

namespace ropewalk::bench {

enum class jetstream : bool { off, on };

class nats_server {
public:
  /// Keeps its files under `directory`, which must exist. Returns when the server listens. `more`: of its command line.
  nats_server(const std::filesystem::path& directory, jetstream wanted, const std::vector<std::string>& more = {});

  const std::string& url() const noexcept { return url_; }
  pid_t pid() const noexcept { return process_.pid(); }
  void stop() { process_.stop(); }
  void kill_now() { process_.kill_now(); }

private:
  child_process process_;
  std::string url_;
};

} // namespace ropewalk::bench
