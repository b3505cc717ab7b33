#include "actors/exec_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

namespace ropewalk::actors {
namespace {

error no_process(const char* what) {
  return {
      errc::busy, "exec_busy", std::string("a process cannot be had now: ") + what + ": " + std::strerror(errno), {}};
}

// Descriptors above those that a child's standard ones are put to.
bool above_standard(owned_fd& fd) {
  if (fd.get() > STDERR_FILENO) return true;
  owned_fd higher(fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  fd = std::move(higher);
  return static_cast<bool>(fd);
}

struct pipe_pair {
  owned_fd read, write;
};

bool open_pipe(pipe_pair& p) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  p.read = owned_fd(ends[0]);
  p.write = owned_fd(ends[1]);
  return above_standard(p.read) && above_standard(p.write);
}

bool keep_from_blocking(const owned_fd& fd) {
  return fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const std::string& t : texts) out.push_back(const_cast<char*>(t.c_str()));
  out.push_back(nullptr);
  return out;
}

struct image {
  const char* file;
  char* const* words;
  char* const* environment;
  int in, out, err;
  pid_t parent;
  volatile int failed; // errno
};

// In the child, which borrows our memory until it execs: system calls only, and nothing that the parent could trip
// over but image::failed.
[[noreturn]] void become(image& i) {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  const bool ready = setpgid(0, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(i.in, STDIN_FILENO) >= 0 &&
                     dup2(i.out, STDOUT_FILENO) >= 0 && dup2(i.err, STDERR_FILENO) >= 0 &&
                     close_range(STDERR_FILENO + 1, UINT_MAX, 0) == 0 && sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
  if (ready && getppid() == i.parent) execve(i.file, i.words, i.environment);
  i.failed = errno;
  _exit(127);
}

// Not fork(): copying the page tables of a large node stops all its threads. Signals wait, so that no handler of ours
// runs in the child.
__attribute__((noinline)) pid_t spawn(image& i) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = vfork();
  if (pid == 0) become(i);
  const int why = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = why;
  return pid;
}

bool may_run(const std::filesystem::path& file) {
  std::error_code none;
  return std::filesystem::is_regular_file(file, none) && access(file.c_str(), X_OK) == 0;
}

} // namespace

void owned_fd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

result<exec_process> exec_process::start(const exec_start& what) {
  pipe_pair in, out, err;
  if (!open_pipe(in) || !open_pipe(out) || !open_pipe(err)) return no_process("pipe");
  if (!keep_from_blocking(in.write) || !keep_from_blocking(out.read) || !keep_from_blocking(err.read))
    return no_process("pipe");
  const std::vector<char*> words = pointers(what.words), environment = pointers(what.environment);
  image i{what.file.c_str(), words.data(),    environment.data(), in.read.get(),
          out.write.get(),   err.write.get(), getpid(),           0};
  exec_process p;
  p.pid_ = owned_pid(spawn(i));
  if (p.pid_.value < 0) return no_process("fork");
  if (i.failed != 0)
    return error{errc::invalid, "exec_failed", what.file + " cannot be run: " + std::strerror(i.failed), {}};
  p.ended = owned_fd(static_cast<int>(syscall(SYS_pidfd_open, p.pid_.value, 0))); // glibc 2.36 lacks it for C++
  if (!p.ended) return no_process("pidfd_open");
  p.in = std::move(in.write);
  p.out = std::move(out.read);
  p.err = std::move(err.read);
  return p;
}

exec_process::~exec_process() { end(); }

void exec_process::signal_group(int number) const noexcept {
  if (pid_.value > 0) ::kill(-pid_.value, number);
}

// The group before the wait: until then its number is not given to another one.
int exec_process::end() {
  if (pid_.value <= 0) return 0;
  signal_group(SIGKILL);
  int status = 0;
  while (waitpid(pid_.value, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = owned_pid();
  return status;
}

result<std::string> find_program(const std::string& name, const std::string& path) {
  const auto missing = [&](const std::string& why) { return invalid("exec", "\"" + name + "\" " + why); };
  std::error_code none;
  if (name.find('/') != std::string::npos) {
    const auto whole = std::filesystem::absolute(name, none);
    if (none || !may_run(whole)) return missing("is no file that may be run");
    return whole.string();
  }
  for (std::size_t from = 0; from <= path.size() && !name.empty();) {
    const std::size_t to = std::min(path.find(':', from), path.size());
    const std::filesystem::path folder = path.substr(from, to - from);
    if (folder.is_absolute() && may_run(folder / name)) return (folder / name).string();
    from = to + 1;
  }
  return missing("is in no folder of PATH");
}

} // namespace ropewalk::actors
