#pragma once
// libfaketime (Debian package faketime) put into a node: its wall clock can be made to jump while it runs. Clocks that
// count elapsed time are left alone, as they are where an operator or NTP sets the time.
//
//   faked_clock clock;
//   test_system s({}, clock.environment());
//   clock.set(1); // an hour ahead, from the node's next look on

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"

namespace ropewalk::tests {

class faked_clock {
public:
  faked_clock() { set(0); }

  void set(int hours_ahead) { set_seconds(hours_ahead * 3600); }
  void set_seconds(int ahead) {
    const std::string beside = file_ + ".new";
    std::ofstream(beside) << (ahead < 0 ? "" : "+") << ahead << "s\n";
    std::filesystem::rename(beside, file_);
  }

  // Of the node. glibc's malloc and libstdc++'s operators stand before those of jemalloc, with which the program is
  // linked: jemalloc looks at the clock under its first lock, and libfaketime allocates while it finds the real clock.
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"LD_PRELOAD", library() + ":libstdc++.so.6:libc.so.6"},
            {"FAKETIME_TIMESTAMP_FILE", file_},
            {"FAKETIME_NO_CACHE", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"NO_FAKE_STAT", "1"}};
  }

  // What a process that was killed could not remove itself.
  static void clean_up_after(pid_t process) {
    std::error_code ignored;
    for (const char* name : {"faketime_shm_", "sem.faketime_sem_"})
      std::filesystem::remove("/dev/shm/" + (name + std::to_string(process)), ignored);
  }

private:
  static std::string library() {
    for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
      const auto file = folder.path() / "faketime" / "libfaketimeMT.so.1";
      std::error_code failed;
      if (std::filesystem::exists(file, failed)) return file.string();
    }
    throw std::runtime_error("libfaketime is not installed: deploy/packages.sh test");
  }

  scratch_directory folder_;
  std::string file_ = folder_ / "offset";
};

} // namespace ropewalk::tests
