#pragma once
// The node's one writer: takes all that waits, of many partitions, and commits it in one transaction.
//
// No waiting to fill a batch: while one transaction syncs, the next gathers. Nothing is told to anybody
// before the COMMIT (synchronous=FULL) returned (I4). After a failed commit nothing of that group is in the
// journal, and everything of the failed generation that still waits is refused (I5).

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/command.hpp"
#include "runtime/duration_histogram.hpp"
#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/checkpoint_rows.hpp"

namespace ropewalk::storage {

class journal;
class replicated_writes;
struct quarantine_settlement;
struct relearning;

struct entity_snapshot {
  std::uint64_t version = 0; // of the last event folded into it
  std::string state;         // the machine's encoding
};

// Told exactly once, on the writer's thread; must not block.
class commit_listener {
public:
  virtual ~commit_listener() = default;
  // entries: the submission's entries in their places (empty for a barrier); r: of the last one (a barrier
  // gets the partition's head).
  virtual void on_durable(std::span<const entry> entries, const receipt& r) = 0;
  virtual void on_failed(const error& why) = 0;
  // In a cluster, before either: it takes longer than anybody waits. Whoever asked is told so; true: nothing else waits for
  // the outcome, and the listener may go. Called once at most.
  virtual bool on_late(const error&) { return false; }
  // Whoever waits may be told so sooner, and asks elsewhere.
  virtual bool may_be_refused() const { return false; }
};

struct submission {
  entity_key entity;
  partition_id partition;
  // Of the partition's memory: journal_writer::generation(); in a cluster the epoch in which this node owns the partition.
  std::uint64_t generation = 0;
  std::vector<entry_draft> events;         // atomic: all or none, neighbours in the chain; empty = a barrier
  std::optional<entity_snapshot> snapshot; // state after the last event; stored in the same transaction
  std::unique_ptr<commit_listener> listener;
  std::unique_ptr<checkpoint_change> checkpoints = nullptr; // in the same transaction; a put needs events
  ack_level level = ack_level::local;
};

class journal_writer {
public:
  // on_failure: told (writer's thread) after a failed commit, before its listeners; fatal = the journal can not
  // be trusted any more (I/O error, corruption): the node must stop. Not fatal (disk full, or the file's
  // lock held by another program for seconds): the generation has moved on, owners drop their memory and may go on.
  struct failure {
    error why;
    bool fatal;
  };
  class failure_listener {
  public:
    virtual ~failure_listener() = default;
    virtual void on_journal_failure(const failure&) = 0;
  };

  // replicated: of a member of a cluster; outlives the writer.
  journal_writer(journal& file, failure_listener& failures, replicated_writes* replicated = nullptr);
  ~journal_writer(); // stop()
  journal_writer(const journal_writer&) = delete;
  journal_writer& operator=(const journal_writer&) = delete;

  // Any thread. Order of submissions of one thread is kept. Submissions of an old generation are failed with
  // errc::unavailable. After stop() they are failed as well, then on the caller's thread.
  void submit(submission s);
  // Of a cluster: replication has changes for p's disk. Any thread.
  void take_changes(partition_id p);
  // Settles an entry in quarantine (quarantine.hpp) in a group of its own. done: once, on the writer's thread (after stop() on the
  // caller's), must not block.
  void settle(quarantine_settlement what, std::function<void(const status_result&)> done);
  // Of a member of a cluster: in a group of its own, then the partition's replica begins again from the disk. done: as above.
  void relearn(relearning what, std::function<void(const status_result&)> done);
  // Prunes checkpoints of some entities, whoever serves them, in a group of its own. done: as above, with where to go on (nullopt:
  // that was the last one).
  void sweep(checkpoint_sweep what, std::function<void(const result<std::optional<entity_key>>&)> done);
  std::uint64_t generation() const noexcept;
  // Position of the last durable entry of the whole file; what a view has to reach to have seen everything.
  std::uint64_t durable_position() const noexcept;
  // Of each transaction, the commit and its sync.
  const duration_histogram& commit_times() const noexcept;
  // Commits what waits, then ends the thread.
  void stop();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
