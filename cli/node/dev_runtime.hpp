#pragma once
// Where the running `ropewalk dev`s can be reached, for the other verbs: a file each, dev-XXXXXX.json in the
// state directory.
//
//   {"url":"nats://127.0.0.1:40213","pid":4711,"since_us":1767225600000000}
//
// A file counts while its dev holds the lock on it (flock(2), which ends with the process however that ends).
// Plain verbs go to the one that was started first, so that a second dev takes nothing away from it, and to
// the next one when it has ended.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/result.hpp"

namespace ropewalk::cli {

struct dev_runtime {
  std::string url;
  int pid = 0;
  std::int64_t since_us = 0; // when it was started
};

// Those that run, the one that plain verbs go to first.
std::vector<dev_runtime> running_devs();

// This process's entry; goes with the object.
class dev_registration {
public:
  // Also removes what devs that were killed left.
  static result<dev_registration> add(const dev_runtime& r);
  dev_registration(dev_registration&& other) noexcept;
  dev_registration& operator=(dev_registration&&) = delete;
  ~dev_registration();

private:
  dev_registration(int lock, std::filesystem::path file) : lock_(lock), file_(std::move(file)) {}
  int lock_;
  std::filesystem::path file_;
};

} // namespace ropewalk::cli
