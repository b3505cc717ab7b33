#include "tests/support/nats_server_process.hpp"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace ropewalk::tests {
namespace {

constexpr std::chrono::seconds start_wait{15};

bool accepts_connections(int port) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool accepted = ::connect(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(s);
  return accepted;
}

// Debian puts it in /usr/sbin, which is not on everybody's path.
std::string program() {
  for (const char* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"})
    if (::access(path, X_OK) == 0) return path;
  throw std::runtime_error("nats-server is not installed");
}

} // namespace

nats_server_process::nats_server_process(std::vector<std::string> more) : more_(std::move(more)), port_(free_port()) {
  start();
}

void nats_server_process::start(bool jetstream) {
  const std::string log = directory_ / "server.log";
  std::vector<std::string> command{program(), "-a", "127.0.0.1", "-p", std::to_string(port_)};
  if (jetstream) command.insert(command.end(), {"-js", "-sd", store()});
  command.insert(command.end(), more_.begin(), more_.end());
  process_ = child_process(command, log);
  const auto give_up = std::chrono::steady_clock::now() + start_wait;
  while (!accepts_connections(port_)) {
    if (!process_.running() || std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error("nats-server does not start: " + read_file(log));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void nats_server_process::pause() { process_.signal(SIGSTOP); }
void nats_server_process::go_on() { process_.signal(SIGCONT); }

} // namespace ropewalk::tests
