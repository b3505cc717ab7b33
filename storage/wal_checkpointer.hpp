#pragma once
// Copies a file's write-ahead log into the file little by little, on a thread and a connection of its own, so
// that no commit has to: PASSIVE, every 50 ms while there is something to do, asleep otherwise.
//
// A failed fsync here is as bad as one in a commit: SQLite would try again, and the kernel, which has forgotten
// the pages it could not write, would say yes. So on_failure is told and nothing is tried any more. A full disk
// is no failure: the log keeps what the file has no room for.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "runtime/result.hpp"

namespace ropewalk::storage {

class wal_checkpointer {
public:
  static constexpr std::chrono::milliseconds interval{50};

  // on_failure: on the checkpointer's thread, at most once.
  static result<std::unique_ptr<wal_checkpointer>> start(const std::filesystem::path& file, const std::string& vfs,
                                                         std::function<void(const error&)> on_failure);
  ~wal_checkpointer();
  wal_checkpointer(const wal_checkpointer&) = delete;
  wal_checkpointer& operator=(const wal_checkpointer&) = delete;

  // After a commit, from any thread; cheap.
  void touch() noexcept;

private:
  struct impl;
  explicit wal_checkpointer(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
