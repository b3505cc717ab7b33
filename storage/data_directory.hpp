#pragma once
// A node's directory, owned by one process at a time.
//
//   auto dir = data_directory::open("/var/lib/ropewalk");
//   if (!dir) return dir.error();   // "... is in use by process 4711"
//
// The lock is flock(2) on the file `lock`, so it ends with the process however that ends; the process id in
// the file is for people only. Everything is readable by the owner alone: conversations are private.

#include <filesystem>

#include "runtime/result.hpp"

namespace ropewalk::storage {

class data_directory {
public:
  // Creates the directory and its parents (mode 0700) if they are missing. Another process has it: conflict
  // "data_directory_in_use".
  static result<data_directory> open(const std::filesystem::path& path);
  data_directory(data_directory&& other) noexcept;
  data_directory& operator=(data_directory&&) = delete;
  ~data_directory();

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path journal_file() const { return path_ / "journal.db"; }
  std::filesystem::path views_file() const { return path_ / "views.db"; }
  std::filesystem::path clock_file() const { return path_ / "clock.json"; }

private:
  data_directory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_ = -1;
};

} // namespace ropewalk::storage
