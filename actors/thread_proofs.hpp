#pragma once
// Snapshots and verifications of threads: what reads a thread's whole past. Done on a reader's thread, one at a time, so
// that however many are asked for the other readers serve.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "actors/request.hpp"
#include "runtime/thread/snapshot.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {
class keyring_handle;
class view_reader;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class surroundings_source;

class thread_proofs {
public:
  static constexpr std::size_t max_waiting = 64; // beyond it `busy`

  thread_proofs(storage::view_readers& views, std::filesystem::path journal_file, storage::journal_options options,
                const storage::keyring_handle& keys, std::string cluster, surroundings_source& around)
      : views_(views), journal_file_(std::move(journal_file)), options_(std::move(options)), keys_(keys),
        cluster_(std::move(cluster)), around_(around) {}

  // The thread as its owner knows it: at that version, whose entry the views have seen at min_position.
  void snapshot(entity_key who, std::uint64_t version, std::uint64_t min_position, shared_caller from);
  void verify(entity_key who, std::uint64_t version, std::uint64_t min_position,
              std::optional<thread::thread_snapshot> against, shared_caller from);

private:
  using work = std::function<result<std::string>(storage::view_reader&)>;
  struct asked {
    std::uint64_t min_position = 0;
    work answer;
    shared_caller from;
  };
  void take(asked a);
  void run(asked a);
  void go_on();

  storage::view_readers& views_;
  const std::filesystem::path journal_file_;
  const storage::journal_options options_;
  const storage::keyring_handle& keys_;
  const std::string cluster_;
  surroundings_source& around_;
  std::mutex mutex_;
  bool busy_ = false;
  std::deque<asked> waiting_;
};

} // namespace ropewalk::actors
