#pragma once
// Quarantine, for operators (rw.node.<name>.quarantine and those beside it): read on a reader's thread, changed on the journal
// writer's, and the count of what nobody looked at yet, for `status`.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "actors/request.hpp"
#include "storage/journal.hpp"
#include "storage/quarantine_reader.hpp"
#include "transport/node_command.hpp"

namespace ropewalk::storage {
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class surroundings_source;

// Any thread. The readers and the writer end before it does.
class quarantine_desk {
public:
  // Told of each cut that moved entries here, once, since the node's start; on a reader's thread:
  //   {"type":"quarantined","node":"n1","partition":3,"kept_upto":39,"epoch":4,"generation":1,"entries":2,"alarming":1,"time":"…"}
  // and of what is open when the node starts, with "at_start":true and without a place.
  using teller = std::function<void(std::string body)>;
  quarantine_desk(storage::view_readers& readers, storage::journal_writer& writer, std::filesystem::path journal_file,
                  storage::journal_options options, surroundings_source& around, std::string node, teller tell)
      : readers_(readers), writer_(writer), journal_file_(std::move(journal_file)), options_(std::move(options)),
        around_(around), node_(std::move(node)), tell_(std::move(tell)) {}

  void list(const transport::list_quarantine& what, shared_caller from);
  void get(const transport::get_quarantined& what, shared_caller from);
  void settle(const transport::settle_quarantined& what, shared_caller from);

  // Entries that were neither offered again nor discarded, as of the last count.
  storage::quarantine_figures open() const noexcept;
  // Something changed. Never waits.
  void count_again();
  // If what changed could not be counted yet.
  void count_if_stale();

private:
  template <class Look>
  void look(shared_caller from, Look look);

  storage::view_readers& readers_;
  storage::journal_writer& writer_;
  const std::filesystem::path journal_file_;
  const storage::journal_options options_;
  surroundings_source& around_;
  void tell_cuts(storage::quarantine_reader& reader, const storage::quarantine_figures& open);
  void tell_open(const storage::quarantine_figures& open);

  const std::string node_;
  const teller tell_;
  std::optional<std::uint64_t> told_cut_; // by one count after the other
  std::mutex count_mutex_;
  std::atomic<std::uint64_t> local_{0}, log_{0}, peers_{0}, unknown_{0};
  std::atomic<std::chrono::steady_clock::time_point> counted_at_{};
  std::atomic<bool> stale_{false};
  std::atomic<bool> counting_{false}; // a count is asked for and has not begun
};

} // namespace ropewalk::actors
