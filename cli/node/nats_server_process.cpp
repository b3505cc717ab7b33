#include "cli/node/nats_server_process.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

constexpr std::chrono::seconds start_patience{10};
constexpr std::chrono::seconds stop_patience{5};
constexpr std::streamoff log_end = 1500; // bytes of the log in an error

class loopback_socket {
public:
  loopback_socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~loopback_socket() {
    if (fd_ >= 0) close(fd_);
  }
  loopback_socket(const loopback_socket&) = delete;
  loopback_socket& operator=(const loopback_socket&) = delete;

  static sockaddr_in address(std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }
  bool bind_to(std::uint16_t port) const {
    const int on = 1; // as nats-server does: connections that are just closing do not count
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in a = address(port);
    return bind(fd_, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0 && listen(fd_, 1) == 0;
  }
  std::uint16_t bound_port() const {
    sockaddr_in a{};
    socklen_t size = sizeof a;
    return getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &size) == 0 ? ntohs(a.sin_port) : 0;
  }
  // A NATS server greets with INFO.
  bool greets(std::uint16_t port) const {
    const timeval patience{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in a = address(port);
    char greeting[5] = {};
    return connect(fd_, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0 &&
           recv(fd_, greeting, 4, MSG_WAITALL) == 4 && std::strcmp(greeting, "INFO") == 0;
  }

private:
  int fd_;
};

// Between fork and exec: async-signal-safe calls only, for the process has threads by now.
[[noreturn]] void become(char* const* argv, pid_t parent, const sigset_t& mask, int failed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127); // the parent ended before the line above
  setpgid(0, 0);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  const int null = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd); // it logs to its file
  execvp(argv[0], argv);
  const int number = errno;
  if (write(failed, &number, sizeof number) < 0) _exit(126);
  _exit(127);
}

std::string end_of(const std::filesystem::path& log) {
  std::ifstream in(log, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - log_end));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

} // namespace

bool port_is_free(std::uint16_t port) { return loopback_socket().bind_to(port); }

std::uint16_t free_port() {
  const loopback_socket s;
  return s.bind_to(0) ? s.bound_port() : 0;
}

result<nats_server_process> nats_server_process::start(const nats_server_place& place, const sigset_t& mask) {
  std::vector<std::string> words{"nats-server", "-a",  "127.0.0.1",          "-p", std::to_string(place.port),
                                 "-js",         "-sd", place.store.string(), "-l", place.log.string()};
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  // Closed by a successful exec; carries errno otherwise.
  int failed[2];
  if (pipe2(failed, O_CLOEXEC) != 0) return error{errc::unavailable, "nats_server", std::strerror(errno), {}};
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(argv.data(), parent, mask, failed[1]);
  close(failed[1]);
  int number = 0;
  const bool no_exec = pid > 0 && read(failed[0], &number, sizeof number) == sizeof number;
  close(failed[0]);
  if (pid < 0)
    return error{
        errc::unavailable, "nats_server", std::string("cannot start nats-server: ") + std::strerror(errno), {}};
  nats_server_process server(pid);
  if (no_exec) {
    if (number == ENOENT)
      return error{errc::not_found,
                   "no_nats_server",
                   "nats-server is not installed; on Debian it is in the package nats-server",
                   {}};
    return error{
        errc::unavailable, "nats_server", std::string("cannot start nats-server: ") + std::strerror(number), {}};
  }
  const auto until = std::chrono::steady_clock::now() + start_patience;
  while (std::chrono::steady_clock::now() < until) {
    if (!server.running())
      return error{
          errc::unavailable,
          "nats_server",
          fmt::format("nats-server {}; its log {} ends:\n{}", server.how(), place.log.string(), end_of(place.log)),
          {}};
    if (loopback_socket().greets(place.port)) return server;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return error{
      errc::timeout,
      "nats_server",
      fmt::format("nats-server accepts no connections after {} s; see {}", start_patience.count(), place.log.string()),
      {}};
}

nats_server_process::nats_server_process(nats_server_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), how_(std::move(other.how_)) {}

nats_server_process& nats_server_process::operator=(nats_server_process&& other) noexcept {
  stop();
  pid_ = std::exchange(other.pid_, -1);
  how_ = std::move(other.how_);
  return *this;
}

nats_server_process::~nats_server_process() { stop(); }

bool nats_server_process::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  how_ = WIFSIGNALED(status) ? fmt::format("was killed by signal {}", WTERMSIG(status))
                             : fmt::format("ended with code {}", WEXITSTATUS(status));
  pid_ = -1;
  return false;
}

void nats_server_process::stop() {
  if (!running()) return;
  kill(pid_, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + stop_patience;
  while (running()) {
    if (std::chrono::steady_clock::now() > until) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

} // namespace ropewalk::cli
