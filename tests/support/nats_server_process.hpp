#pragma once
// A real nats-server as a child of the test: a free port on loopback, JetStream in a directory of its own,
// gone when the test goes (also by kill -9).
//
//   nats_server_process server;
//   connect(server.url());
//   server.kill();      // as a crash
//   server.start();     // on the same port, with the same data

#include <string>
#include <vector>

#include "tests/support/child_process.hpp"

namespace ropewalk::tests {

class nats_server_process {
public:
  nats_server_process() : nats_server_process(std::vector<std::string>{}) {}
  // Started, and accepting connections; throws std::runtime_error. more: of nats-server's command line.
  explicit nats_server_process(std::vector<std::string> more);

  // Returns once connections are accepted. Without JetStream: as if somebody forgot it; what it stored stays.
  void start(bool jetstream = true);
  void kill() { process_.kill_now(); }
  void stop() { process_.stop(); }
  void pause();
  void go_on();

  bool running() { return process_.running(); }
  pid_t pid() const noexcept { return process_.pid(); }
  int port() const noexcept { return port_; }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  std::string store() const { return directory_ / "store"; } // JetStream's files

private:
  const std::vector<std::string> more_;
  scratch_directory directory_;
  int port_ = 0;
  child_process process_;
};

} // namespace ropewalk::tests
