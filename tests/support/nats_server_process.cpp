#include "tests/support/nats_server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace ropewalk::tests {
namespace {

constexpr std::chrono::seconds start_wait{15};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool accepts_connections(std::uint16_t port) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
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

std::uint16_t free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = ::bind(s, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(s);
  if (!bound) throw std::runtime_error("no free port on loopback");
  return ntohs(address.sin_port);
}

nats_server_process::nats_server_process() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ropewalk-nats-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  port_ = free_port();
  start();
}

nats_server_process::~nats_server_process() {
  end(SIGKILL);
  std::error_code ignored; // the directory is a temporary one
  std::filesystem::remove_all(directory_, ignored);
}

void nats_server_process::start() {
  const std::string path = program(), port = std::to_string(port_), log = directory_ + "/server.log",
                    store = directory_ + "/store";
  const char* const arguments[] = {path.c_str(), "-a", "127.0.0.1", "-p", port.c_str(), "-js",
                                   "-sd", store.c_str(), "-l", log.c_str(), nullptr};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127); // the parent died before the line above
    ::execv(path.c_str(), const_cast<char* const*>(arguments));
    ::_exit(127);
  }
  const auto give_up = std::chrono::steady_clock::now() + start_wait;
  while (!accepts_connections(port_)) {
    if (std::chrono::steady_clock::now() > give_up || ::waitpid(pid_, nullptr, WNOHANG) == pid_)
      throw std::runtime_error("nats-server does not start; see " + log);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void nats_server_process::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  if (signal != SIGKILL) ::kill(pid_, SIGCONT); // a paused one would never see it
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void nats_server_process::kill() { end(SIGKILL); }
void nats_server_process::stop() { end(SIGTERM); }
void nats_server_process::pause() { ::kill(pid_, SIGSTOP); }
void nats_server_process::go_on() { ::kill(pid_, SIGCONT); }

} // namespace ropewalk::tests
