#pragma once
// A nats-server as our child, on loopback, with JetStream in a directory of ours.
//
// It never outlives us, however we end: the kernel kills it when the thread that made it ends
// (PR_SET_PDEATHSIG), so only the main thread may make it. It has a process group of its own, so that Ctrl-C
// on the terminal reaches us alone and we take it down last.

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct nats_server_place {
  std::uint16_t port = 4222;
  std::filesystem::path store; // JetStream's
  std::filesystem::path log;
};

// Nobody listens there on 127.0.0.1.
bool port_is_free(std::uint16_t port);
// A free one of the kernel's choice; 0 = none.
std::uint16_t free_port();

class nats_server_process {
public:
  // Errors: not_found "no_nats_server"; unavailable with the end of its log if it does not accept
  // connections. mask: the signal mask it gets.
  static result<nats_server_process> start(const nats_server_place& place, const sigset_t& mask);
  nats_server_process(nats_server_process&& other) noexcept;
  nats_server_process& operator=(nats_server_process&& other) noexcept;
  ~nats_server_process(); // stop()

  pid_t pid() const noexcept { return pid_; }
  bool running(); // false once it ended; how() says how
  const std::string& how() const noexcept { return how_; }
  void stop(); // SIGTERM, and SIGKILL if it takes longer than 5 seconds

private:
  explicit nats_server_process(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
  std::string how_;
};

} // namespace ropewalk::cli
