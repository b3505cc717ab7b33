#pragma once
// A member's own chains as they are on its disk, for the replication core: where its entries stand, and entries for peers
// that catch up. Nothing is handed out whose hash is not right (I8).
//
//   auto chains = chain_file::open(journal_file, journal.options());
//   chain_reader of_three{*chains, partition_id{3}};
//   of_three.at(17);
//
// One read-only connection for all partitions of a process, and any thread: one look at a time, in a read transaction that is
// as short as the look. A chain_view cannot answer with an error: what could not be read is as if it was not there,
// which stops the asker, and failure() tells why.

#include <filesystem>
#include <memory>
#include <optional>

#include "runtime/replication/durable_state.hpp"
#include "runtime/result.hpp"
#include "storage/journal.hpp"

namespace ropewalk::storage {

class chain_file {
public:
  static result<std::shared_ptr<chain_file>> open(const std::filesystem::path& file,
                                                  const journal_options& options = {});
  ~chain_file();
  chain_file(const chain_file&) = delete;
  chain_file& operator=(const chain_file&) = delete;

  std::optional<replication::chain_point> at(partition_id p, std::uint64_t index);
  std::vector<replication::entry_ptr> read(partition_id p, std::uint64_t first, std::uint64_t last,
                                           std::size_t max_bytes);
  // The last error; none: all went well since it was asked last.
  std::optional<error> take_failure();

private:
  struct impl;
  explicit chain_file(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

class chain_reader final : public replication::chain_view {
public:
  chain_reader(std::shared_ptr<chain_file> file, partition_id partition)
      : file_(std::move(file)), partition_(partition) {}

  std::optional<replication::chain_point> at(std::uint64_t index) const override {
    return file_->at(partition_, index);
  }
  std::vector<replication::entry_ptr> read(std::uint64_t first, std::uint64_t last,
                                           std::size_t max_bytes) const override {
    return file_->read(partition_, first, last, max_bytes);
  }

private:
  std::shared_ptr<chain_file> file_;
  partition_id partition_;
};

} // namespace ropewalk::storage
