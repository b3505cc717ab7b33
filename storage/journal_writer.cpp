#include "storage/journal_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/invariant.hpp"
#include "storage/failpoint.hpp"
#include "storage/journal.hpp"
#include "storage/wal_checkpointer.hpp"

namespace ropewalk::storage {

namespace {

// A group ends here, so that nobody's latency grows without bound with the load (I10). The queue itself is
// bounded by admission: what is in flight on the node waits here and nowhere else.
constexpr std::size_t group_entries = 4096;
constexpr std::size_t group_bytes = 8 << 20;
// Pages in the log at which the writer itself checkpoints. The checkpointer's thread never gets to the end of
// a log that grows meanwhile, and only a log that is copied whole starts again from its beginning.
constexpr int wal_pages_max = 4000;

std::size_t submitted_bytes(const submission& s) {
  std::size_t bytes = s.snapshot ? s.snapshot->state.size() : 0;
  if (s.checkpoints && s.checkpoints->put) bytes += s.checkpoints->put->blob_bytes();
  for (const auto& event : s.events) bytes += event.body.size();
  return bytes;
}

} // namespace

struct journal_writer::impl {
  impl(journal& j, failure_listener& f) : file(j), failures(f), durable(j.last_position()) {}

  journal& file;
  failure_listener& failures;
  std::atomic<std::uint64_t> generation{1};
  std::atomic<std::uint64_t> durable;

  std::mutex mutex; // of the four below
  std::condition_variable changed;
  std::vector<submission> waiting;
  bool stopping = false, ended = false, asleep = false;
  std::optional<error> checkpoint_failed;

  // The writer's thread alone:
  struct placed {
    submission* from;
    std::size_t first;
    receipt proof;
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

void journal_writer::impl::run() {
  std::unique_lock lock{mutex};
  while (true) {
    asleep = true;
    changed.wait(lock, [this] { return stopping || !waiting.empty() || checkpoint_failed; });
    asleep = false;
    const auto bad_checkpoint = std::exchange(checkpoint_failed, std::nullopt);
    std::swap(batch, waiting);
    if (batch.empty() && !bad_checkpoint && stopping) {
      ended = true;
      return;
    }
    lock.unlock();
    if (bad_checkpoint && !fatal) fail_generation(*bad_checkpoint, true, 0);
    commit_batch();
    lock.lock();
  }
}

void journal_writer::impl::commit_batch() {
  for (std::size_t next = 0; next < batch.size();) {
    const std::size_t end = gather(next);
    if (!commit_group(end)) break;
    next = end;
  }
  batch.clear();
}

// Makes the group of batch[next...], refusing what cannot be part of any; where it ends.
std::size_t journal_writer::impl::gather(std::size_t next) {
  group.clear();
  entries.clear();
  std::size_t bytes = 0;
  for (; next < batch.size(); ++next) {
    submission& s = batch[next];
    if (const auto why = refusal(s)) {
      fail(s, *why);
      continue;
    }
    const std::size_t more = submitted_bytes(s);
    if (!group.empty() && (entries.size() + s.events.size() > group_entries || bytes + more > group_bytes)) break;
    bytes += more;
    group.push_back({&s, entries.size(), {}});
    for (auto& event : s.events) {
      entry& e = entries.emplace_back();
      e.partition = s.partition;
      e.entity = s.entity;
      e.event = std::move(event);
    }
  }
  return next;
}

std::optional<error> journal_writer::impl::refusal(const submission& s) const {
  if (fatal) return fatal;
  if (s.generation == generation.load(std::memory_order_relaxed)) return std::nullopt;
  return error{errc::unavailable,
               "journal_reset",
               "nothing was recorded: a write before it failed, and the state it was decided on is gone",
               {}};
}

// false: everything of the batch and of the queue that belongs to the failed generation has been refused.
bool journal_writer::impl::commit_group(std::size_t next) {
  bool begun = false;
  if (auto written = write_group(begun); !written) {
    error why = std::move(written).error();
    bool is_fatal = why.type != "disk_full" && (begun || why.code != errc::busy);
    if (auto undone = file.abandon_group(); !undone) {
      why = undone.error();
      is_fatal = true;
    }
    fail_generation(std::move(why), is_fatal, next);
    return false;
  }
  durable.store(file.last_position(), std::memory_order_release);
  answer_group();
  if (begun) watch_log();
  return true;
}

status_result journal_writer::impl::write_group(bool& begun) {
  const auto changes_checkpoints = [](const placed& p) { return p.from->checkpoints != nullptr; };
  if (!entries.empty() || std::any_of(group.begin(), group.end(), changes_checkpoints)) {
    if (auto began = file.begin_group(); !began) return began;
    begun = true;
  }
  for (placed& p : group) {
    for (std::size_t i = 0; i < p.from->events.size(); ++i)
      if (auto appended = file.append(entries[p.first + i]); !appended) return appended;
    if (p.from->snapshot && begun)
      if (auto put = file.put_snapshot(p.from->entity, *p.from->snapshot); !put) return put;
    if (p.from->checkpoints) {
      const std::size_t count = p.from->events.size();
      const entry* last = count == 0 ? nullptr : &entries[p.first + count - 1];
      if (auto changed = file.change_checkpoints(p.from->entity, *p.from->checkpoints, last); !changed) return changed;
    }
    p.proof = file.head_receipt(p.from->partition);
  }
  // Barriers alone: all before them is durable already.
  if (!begun) return ok();
  FAILPOINT("journal.before_commit");
  auto committed = file.commit_group();
  FAILPOINT("journal.after_commit");
  return committed;
}

void journal_writer::impl::answer_group() {
  for (placed& p : group)
    if (p.from->listener) p.from->listener->on_durable({entries.data() + p.first, p.from->events.size()}, p.proof);
  group.clear();
}

// The group of the batch that ends at `next` failed, so what was decided on top of it must not be recorded:
// the rest of the batch, and what of the same generation waits in the queue. The generation moves first: what
// listeners submit in answer is new.
void journal_writer::impl::fail_generation(error why, bool is_fatal, std::size_t next) {
  if (is_fatal) become_fatal(why);
  generation.fetch_add(1, std::memory_order_acq_rel);
  // Before anybody is refused: who asks again must find entities that know of the failure.
  failures.on_journal_failure({why, is_fatal});
  const error told = is_fatal ? *fatal : std::move(why);
  for (placed& p : group) fail(*p.from, told);
  group.clear();
  for (; next < batch.size(); ++next) fail(batch[next], refusal(batch[next]).value_or(told));
  batch.clear();

  std::vector<submission> rest;
  {
    const std::scoped_lock lock{mutex};
    rest.swap(waiting);
  }
  std::vector<submission> newer;
  for (submission& s : rest) {
    if (const auto reason = refusal(s)) fail(s, *reason);
    else newer.push_back(std::move(s));
  }
  if (!newer.empty()) {
    const std::scoped_lock lock{mutex};
    waiting.insert(waiting.begin(), std::make_move_iterator(newer.begin()), std::make_move_iterator(newer.end()));
  }
}

// Whether the failed group is in the file is not known after an I/O error: it may be found there when the
// journal is opened again, but nothing was acknowledged.
void journal_writer::impl::become_fatal(const error& why) {
  fatal = error{errc::unavailable,
                "journal_failed",
                "the journal failed and the node stops; whether this was recorded is not known: " + why.detail,
                {}};
}

void journal_writer::impl::watch_log() {
  checkpointer->touch();
  if (file.wal_pages() < wal_pages_max) return;
  const auto copied = file.checkpoint();
  if (copied || copied.error().type == "disk_full") return;
  const std::scoped_lock lock{mutex};
  checkpoint_failed = copied.error();
}

journal_writer::journal_writer(journal& file, failure_listener& failures)
    : impl_(std::make_unique<impl>(file, failures)) {
  auto& i = *impl_;
  auto started = wal_checkpointer::start(file.file(), file.options().vfs, [&i](const error& why) {
    {
      const std::scoped_lock lock{i.mutex};
      i.checkpoint_failed = why;
    }
    i.changed.notify_one();
  });
  if (started) i.checkpointer = std::move(*started);
  else i.checkpoint_failed = started.error(); // reported by the thread like any other
  i.thread = std::thread([&i] {
    ::pthread_setname_np(::pthread_self(), "journal");
    i.run();
  });
}

journal_writer::~journal_writer() { stop(); }

void journal_writer::submit(submission s) {
  INVARIANT(s.partition.value < impl_->file.meta().partitions, s.partition.value);
  bool wake = false, accepted = false;
  {
    const std::scoped_lock lock{impl_->mutex};
    accepted = !impl_->ended;
    if (accepted) {
      impl_->waiting.push_back(std::move(s));
      wake = std::exchange(impl_->asleep, false);
    }
  }
  if (wake) impl_->changed.notify_one();
  if (!accepted) impl_->fail(s, {errc::unavailable, "stopping", "the node is stopping", {}});
}

std::uint64_t journal_writer::generation() const noexcept { return impl_->generation.load(std::memory_order_acquire); }

std::uint64_t journal_writer::durable_position() const noexcept {
  return impl_->durable.load(std::memory_order_acquire);
}

void journal_writer::stop() {
  std::call_once(impl_->stopped, [this] {
    {
      const std::scoped_lock lock{impl_->mutex};
      impl_->stopping = true;
    }
    impl_->changed.notify_one();
    impl_->thread.join();
    impl_->checkpointer.reset();
  });
}

} // namespace ropewalk::storage
