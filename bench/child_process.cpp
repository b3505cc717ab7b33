#include "bench/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ropewalk::bench {

namespace {

constexpr std::streamoff log_tail_bytes = 2'000;

/// Between fork and exec in a process with threads: async-signal-safe calls only, nothing that allocates.
[[noreturn]] void become(char* const* argv, int log_fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127); // the parent died before the line above
  dup2(log_fd, STDOUT_FILENO);
  dup2(log_fd, STDERR_FILENO);
  close_range(3, ~0U, 0); // the bench's sockets and databases are not the child's
  execvp(argv[0], argv);
  const char* reason = strerrordesc_np(errno);
  for (const char* text : {"cannot execute ", static_cast<const char*>(argv[0]), ": ", reason, "\n"})
    if (write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  _exit(127);
}

} // namespace

child_process::child_process(std::vector<std::string> argv, std::filesystem::path log)
    : name_(argv.at(0)), log_(std::move(log)) {
  std::vector<char*> pointers;
  for (auto& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const int log_fd = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_fd < 0) throw std::system_error(errno, std::generic_category(), "open " + log_.string());
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(pointers.data(), log_fd, parent);
  const int fork_error = errno;
  close(log_fd);
  if (pid_ < 0) throw std::system_error(fork_error, std::generic_category(), "fork for " + name_);
}

child_process::~child_process() { kill_now(); }

void child_process::kill_now() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  reaped_ = true;
}

bool child_process::running() noexcept {
  if (!reaped_) reaped_ = waitpid(pid_, nullptr, WNOHANG) == pid_;
  return !reaped_;
}

void child_process::stop(std::chrono::milliseconds grace) {
  if (!running()) return;
  kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      reaped_ = true;
      throw std::runtime_error(name_ + " did not stop within " + std::to_string(grace.count()) + " ms of SIGTERM:\n" +
                               log_tail());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

void child_process::require_running(const std::string& waiting_for) {
  if (running()) return;
  throw std::runtime_error(name_ + " ended while waiting for " + waiting_for + ":\n" + log_tail());
}

std::string child_process::log_tail() const {
  std::ifstream in{log_, std::ios::binary | std::ios::ate};
  if (!in) return "(no log)";
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - log_tail_bytes));
  return std::string(std::istreambuf_iterator<char>{in}, {});
}

std::filesystem::path own_directory() { return std::filesystem::read_symlink("/proc/self/exe").parent_path(); }

scratch_directory::scratch_directory(const std::filesystem::path& parent) {
  auto pattern = (parent / "ropewalk-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
  path_ = pattern;
}

scratch_directory::~scratch_directory() {
  std::error_code ignored; // a file left behind in a scratch place is no reason to end otherwise
  std::filesystem::remove_all(path_, ignored);
}

} // namespace ropewalk::bench
