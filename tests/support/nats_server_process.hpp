#pragma once
// A real nats-server as a child of the test: a free port on loopback, JetStream in a directory of its own,
// gone when the test goes (also by kill -9).
//
//   nats_server_process server;
//   connect(server.url());
//   server.kill();      // as a crash
//   server.start();     // on the same port, with the same data

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace ropewalk::tests {

class nats_server_process {
public:
  nats_server_process(); // started, and accepting connections; throws std::runtime_error
  ~nats_server_process();
  nats_server_process(const nats_server_process&) = delete;
  nats_server_process& operator=(const nats_server_process&) = delete;

  void start(); // returns once connections are accepted
  void kill();  // SIGKILL, waits for the end
  void stop();  // SIGTERM, waits for the end
  void pause(); // SIGSTOP
  void go_on(); // SIGCONT

  pid_t pid() const noexcept { return pid_; }
  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

private:
  void end(int signal);

  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

// A port that nobody listened on a moment ago.
std::uint16_t free_port();

} // namespace ropewalk::tests
