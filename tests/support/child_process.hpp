#pragma once
// A process that a test started: ends with the test, however that ends, and is only ever ended by its pid.

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace ropewalk::tests {

class child_process {
public:
  child_process() = default;
  // argv[0] is looked up in PATH. Standard output and error go to log_file (appended).
  child_process(const std::vector<std::string>& argv, const std::string& log_file,
                const std::vector<std::pair<std::string, std::string>>& environment = {});
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  ~child_process(); // kill -9

  bool running();
  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  // Exit code; 128 + signal number if a signal ended it; -1 if it did not end in time.
  int wait(std::chrono::milliseconds timeout);
  void kill_now();                                                        // SIGKILL, and waits
  int stop(std::chrono::milliseconds timeout = std::chrono::seconds(20)); // SIGTERM, and waits

private:
  pid_t pid_ = -1;
  int status_ = -1;
};

// The test's own folder below the system's temporary one; removed with it.
class scratch_directory {
public:
  scratch_directory();
  ~scratch_directory();
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

std::string read_file(const std::string& path);
int free_port();

} // namespace ropewalk::tests
