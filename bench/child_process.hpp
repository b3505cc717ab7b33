#pragma once
// A program that a bench starts, and that never outlives it: the kernel kills it when the thread that started
// it ends, and the destructor kills it before. Only ever this process is signalled, by its id.
//
//   child_process server{{"nats-server", "-p", "4333"}, dir / "nats.log"};
//   server.stop();   // SIGTERM, and an error if that was not enough

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace ropewalk::bench {

class child_process {
public:
  /// `argv[0]` is looked up in PATH. Standard output and error are appended to `log`. That the program could
  /// not be executed shows as a child that is not running and says so in its log. To be called from a thread
  /// that lives as long as the child should.
  child_process(std::vector<std::string> argv, std::filesystem::path log);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  bool running() noexcept;

  /// SIGTERM and wait. A child that is still there after `grace` is killed, and that throws.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{10});

  /// SIGKILL and wait: what a crash leaves behind.
  void kill_now();

  /// Throws, with the end of the log, if the child has ended by itself. `waiting_for` says what was hoped
  /// for.
  void require_running(const std::string& waiting_for);

  /// The last lines that it wrote, for error messages.
  std::string log_tail() const;

private:
  const std::string name_;
  const std::filesystem::path log_;
  pid_t pid_ = -1;
  bool reaped_ = false;
};

/// Where this program's own file stands, to find the other programs of the build.
std::filesystem::path own_directory();

/// A new directory under `parent`, gone with everything in it when this value goes.
class scratch_directory {
public:
  explicit scratch_directory(const std::filesystem::path& parent);
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace ropewalk::bench
