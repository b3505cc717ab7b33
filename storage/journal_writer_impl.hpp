#pragma once
// The inside of journal_writer: groups of submissions in journal_writer.cpp, operators' orders in journal_writer_orders.cpp.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "storage/journal.hpp"
#include "storage/journal_writer.hpp"
#include "storage/replicated_writes.hpp"
#include "storage/wal_checkpointer.hpp"

namespace ropewalk::storage {

struct journal_writer::impl {
  impl(journal& j, failure_listener& f, replicated_writes* r)
      : file(j), failures(f), replicated(r), durable(j.last_position()) {}

  journal& file;
  failure_listener& failures;
  replicated_writes* const replicated; // null: a node alone
  std::atomic<std::uint64_t> generation{1};
  std::atomic<std::uint64_t> durable;
  duration_histogram commit_times;

  struct operators_order {
    std::function<status_result()> write; // in a group of its own
    std::optional<partition_id> renews;   // whose replica begins again from the disk afterwards
    std::function<void(const status_result&)> done;
  };

  std::mutex mutex; // of all up to the next comment
  std::condition_variable changed;
  std::vector<submission> waiting;
  std::vector<partition_id> with_changes;
  std::vector<operators_order> orders;
  bool stopping = false, ended = false, asleep = false;
  std::optional<error> checkpoint_failed;

  // The writer's thread alone:
  struct placed {
    submission* from; // null: a change of replication
    std::size_t first;
    receipt proof;
    partition_id partition{};
    replication::change change{};
    bool cut = false; // what the change did
  };
  std::vector<submission> batch;
  std::vector<placed> group;
  std::vector<entry> entries; // of the group, in order
  std::optional<error> fatal; // set once; everything is refused from then on

  std::unique_ptr<wal_checkpointer> checkpointer;
  std::thread thread;
  std::once_flag stopped;

  void run();
  void commit_batch();
  std::size_t gather(std::size_t next);
  void commit_changes(const std::vector<partition_id>& of);
  void carry_out(operators_order& o);
  void order(operators_order o);
  void gather_changes(partition_id p, std::vector<replication::change>&& changes);
  status_result write_change(placed& p);
  status_result write_submission(placed& p, bool begun);
  bool commit_group(std::size_t next);
  result<done> write_group(bool& begun);
  void answer_group();
  void fail(submission& s, const error& why) const {
    if (s.listener) s.listener->on_failed(why);
  }
  void fail_generation(error why, bool is_fatal, std::size_t next);
  std::optional<error> refusal(const submission& s) const;
  void become_fatal(const error& why);
  void watch_log();
};

} // namespace ropewalk::storage
