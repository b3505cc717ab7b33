#pragma once
// A disk that fails on demand: an SQLite VFS in front of the real one.
//
//   fault_vfs disk;                          // registered as "faults" for its lifetime
//   auto j = journal::open(file, {.vfs = disk.name()});
//   disk.plan().fail_sync(3);                // the third fsync from now on fails, and all after it
//   disk.plan().mend();
//
// Only files whose name contains `plan.file_part` are touched. A plan is plain atomics, so that it may lie in
// memory shared with another process: see fault_vfs_preload.cpp for a node under test.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace ropewalk::tests {

struct fault_plan {
  enum kind : int { none, disk_full, write_error, sync_error };
  enum place : int { anywhere, log, main_file }; // log: the write-ahead log
  enum file : int { any_file, journal, views };

  std::atomic<int> what{none};
  std::atomic<std::int64_t> calls_until{0}; // calls of that kind that still succeed
  std::atomic<int> where{anywhere};
  std::atomic<int> which{any_file};                         // of those that file_part takes in
  std::atomic<std::int64_t> writes{0}, syncs{0}, faults{0}; // counted, never reset
  char file_part[64] = "journal.db";

  // Writes fail with SQLITE_FULL or an I/O error from the nth on (1 = the next), until mend().
  void fill_disk(std::int64_t nth = 1) { arm(disk_full, nth); }
  void fail_write(std::int64_t nth = 1) { arm(write_error, nth); }
  void fail_sync(std::int64_t nth = 1) { arm(sync_error, nth); }
  void mend() { what.store(none); }

private:
  void arm(kind k, std::int64_t nth) {
    calls_until.store(nth - 1);
    what.store(k);
  }
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free); // or it could not be shared between processes

// What a disk holds that forgets everything not synced, or any part of it, when the power goes.
class volatile_disk {
public:
  void opened(const std::string& file, std::string content);
  void written(const std::string& file, std::int64_t offset, const void* bytes, std::size_t size);
  void truncated(const std::string& file, std::int64_t size);
  void synced(const std::string& file);
  void removed(const std::string& file);

  // Each 512-byte sector written since its file's last sync is lost with this chance, in percent.
  // Writes the files as they are found after it into directory `to`; the living ones go on.
  void cut_power(const std::filesystem::path& to, int percent_lost, std::mt19937_64& engine) const;

private:
  struct change {
    std::int64_t offset;
    std::string bytes;
    bool truncation;
  };
  struct file_state {
    std::string durable;
    std::vector<change> pending;
  };
  static void apply(std::string& content, const change& c);
  mutable std::mutex mutex_;
  std::map<std::string, file_state> files_;
};

class fault_vfs {
public:
  // plan: somebody else's, e.g. in shared memory; null = an own one. As default: for all opens without a name.
  explicit fault_vfs(fault_plan* plan = nullptr, bool as_default = false, volatile_disk* disk = nullptr);
  ~fault_vfs();
  fault_vfs(const fault_vfs&) = delete;
  fault_vfs& operator=(const fault_vfs&) = delete;

  std::string name() const;
  fault_plan& plan() noexcept { return *plan_; }

private:
  fault_plan own_;
  fault_plan* plan_;
  struct shim;
  shim* shim_;
};

} // namespace ropewalk::tests
