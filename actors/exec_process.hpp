#pragma once
// A command in a process of its own, without a shell: a process group of its own, three pipes and no other descriptor,
// the environment it is given and no more, all signals as they are by default. The kernel kills it when the thread
// that started it ends, however that happens.

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::actors {

class owned_fd {
public:
  owned_fd() = default;
  explicit owned_fd(int fd) noexcept : fd_(fd) {}
  owned_fd(owned_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  owned_fd& operator=(owned_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~owned_fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

private:
  int fd_ = -1;
};

struct exec_start {
  std::string file;                     // absolute path
  std::vector<std::string> words;       // argv, its own name first
  std::vector<std::string> environment; // NAME=VALUE
};

class exec_process {
public:
  // invalid "exec_failed": the file cannot be run; busy: no process or pipe can be had now.
  static result<exec_process> start(const exec_start& what);
  exec_process(exec_process&& other) noexcept = default;
  exec_process& operator=(exec_process&& other) noexcept = default;
  ~exec_process(); // SIGKILL to its group, and waits

  // To all of its group, which may hold more than itself.
  void signal_group(int number) const noexcept;
  // Kills what is left of its group and waits: at once where ended is readable. As waitpid() has it.
  int end();

  // Ours, non-blocking: its standard input, output and error. ended: readable once it has ended.
  owned_fd in, out, err, ended;

private:
  exec_process() = default;

  struct owned_pid {
    owned_pid() = default;
    explicit owned_pid(pid_t p) noexcept : value(p) {}
    owned_pid(owned_pid&& other) noexcept : value(std::exchange(other.value, -1)) {}
    owned_pid& operator=(owned_pid&& other) noexcept {
      std::swap(value, other.value);
      return *this;
    }
    pid_t value = -1;
  };
  owned_pid pid_;
};

// Where a command's name is found: as it is if it has a slash, else in the folders of `path`. An absolute path of a
// file that may be run; invalid otherwise.
result<std::string> find_program(const std::string& name, const std::string& path);

} // namespace ropewalk::actors
