#pragma once
// A node's own chains, for operators who compare members (rw.node.<name>.chain, .verify and .relearn): hashes by index, a
// verification of the whole journal in the background, and the order to learn a partition again.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "actors/request.hpp"
#include "runtime/instant.hpp"
#include "storage/journal_reader.hpp"
#include "storage/sealing/keyring_file.hpp"
#include "transport/node_command.hpp"

namespace ropewalk::storage {
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class cluster_member;
class surroundings_source;

// Any thread. The readers and the writer end before it does.
class chain_desk {
public:
  // member: null of a node that is alone.
  chain_desk(std::string node, storage::view_readers& readers, storage::journal_writer& writer,
             std::filesystem::path journal_file, storage::journal_options options, const storage::keyring_handle& keys,
             surroundings_source& around, const cluster_member* member);
  ~chain_desk(); // stop()
  chain_desk(const chain_desk&) = delete;
  chain_desk& operator=(const chain_desk&) = delete;

  void chain(const transport::read_chain& what, shared_caller from);
  // Begins one if asked to and none runs; answers at once how far it is.
  void verify(const transport::verify_journal& what, caller from);
  void relearn(const transport::relearn_partition& what, shared_caller from);
  // Ends a verification that runs.
  void stop();

private:
  struct audit { // the last one
    enum class state : std::uint8_t { none, running, done, failed } what = state::none;
    std::uint64_t done = 0, all = 0;
    instant started_at{}, ended_at{};
    std::string detail{};
    std::optional<storage::chain_report> report{};
  };

  status_result has_partition(std::uint64_t partition) const;
  void run();
  std::string render() const; // mutex_ is held

  const std::string node_;
  storage::view_readers& readers_;
  storage::journal_writer& writer_;
  const std::filesystem::path journal_file_;
  const storage::journal_options options_;
  const storage::keyring_handle& keys_;
  surroundings_source& around_;
  const cluster_member* const member_;

  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_; // of all below
  audit audit_;
  std::thread thread_;
};

} // namespace ropewalk::actors
