#include "storage/journal_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/invariant.hpp"
#include "storage/failpoint.hpp"
#include "storage/journal_writer_impl.hpp"

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

std::size_t adopted_bytes(const replication::change& c) {
  std::size_t bytes = 0;
  if (c.adopted)
    for (const replication::entry_ptr& e : c.adopted->entries) bytes += e->event.body.size();
  return bytes;
}

} // namespace

void journal_writer::impl::run() {
  std::unique_lock lock{mutex};
  while (true) {
    asleep = true;
    changed.wait(lock, [this] {
      return stopping || !waiting.empty() || !with_changes.empty() || !orders.empty() || checkpoint_failed;
    });
    asleep = false;
    const auto bad_checkpoint = std::exchange(checkpoint_failed, std::nullopt);
    std::swap(batch, waiting);
    std::vector<partition_id> changing = std::exchange(with_changes, {});
    std::vector<operators_order> ordered = std::exchange(orders, {});
    if (batch.empty() && changing.empty() && ordered.empty() && !bad_checkpoint && stopping) {
      ended = true;
      return;
    }
    lock.unlock();
    if (bad_checkpoint && !fatal) fail_generation(*bad_checkpoint, true, 0);
    if (!changing.empty()) commit_changes(changing);
    commit_batch();
    for (operators_order& o : ordered) carry_out(o);
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
    const std::size_t first = entries.size();
    for (auto& event : s.events) {
      entry& e = entries.emplace_back();
      e.partition = s.partition;
      e.entity = s.entity;
      e.event = std::move(event);
      if (replicated) e.promised = s.level;
    }
    if (replicated) {
      std::vector<replication::change> before;
      const auto its_own = std::span(entries).subspan(first);
      if (auto fine = replicated->place(s.partition, s.generation, its_own, before); !fine) {
        gather_changes(s.partition, std::move(before));
        entries.resize(first);
        fail(s, fine.error());
        continue;
      }
      gather_changes(s.partition, std::move(before));
    }
    group.push_back({&s, first, {}, s.partition, {}});
  }
  return next;
}

void journal_writer::impl::gather_changes(partition_id p, std::vector<replication::change>&& changes) {
  for (replication::change& c : changes) group.push_back({nullptr, entries.size(), {}, p, std::move(c)});
}

// What replication wants on the disk goes before what waits of the actors: members wait for it with their answers.
void journal_writer::impl::commit_changes(const std::vector<partition_id>& of) {
  group.clear();
  entries.clear();
  std::size_t bytes = 0;
  for (const partition_id p : of) {
    auto changes = replicated->take_changes(p);
    for (const replication::change& c : changes) bytes += adopted_bytes(c);
    gather_changes(p, std::move(changes));
    if (bytes < group_bytes) continue;
    if (fatal || !commit_group(0)) return;
    bytes = 0;
  }
  if (!group.empty() && !fatal) commit_group(0);
}

std::optional<error> journal_writer::impl::refusal(const submission& s) const {
  if (fatal) return fatal;
  if (replicated || s.generation == generation.load(std::memory_order_relaxed)) return std::nullopt;
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
  const auto writes_more = [](const placed& p) { return !p.from || p.from->checkpoints != nullptr; };
  if (!entries.empty() || std::any_of(group.begin(), group.end(), writes_more)) {
    if (auto began = file.begin_group(); !began) return began;
    begun = true;
  }
  for (placed& p : group)
    if (auto written = p.from ? write_submission(p, begun) : write_change(p); !written) return written;
  // Barriers alone: all before them is durable already.
  if (!begun) return ok();
  FAILPOINT("journal.before_commit");
  const auto since = std::chrono::steady_clock::now();
  auto committed = file.commit_group();
  commit_times.add(std::chrono::steady_clock::now() - since);
  FAILPOINT("journal.after_commit");
  return committed;
}

status_result journal_writer::impl::write_change(placed& p) {
  auto cut = file.apply_change(p.partition, p.change);
  if (!cut) return cut.error();
  p.cut = *cut;
  return ok();
}

status_result journal_writer::impl::write_submission(placed& p, bool begun) {
  const std::size_t count = p.from->events.size();
  for (std::size_t i = 0; i < count; ++i) {
    entry& e = entries[p.first + i];
    if (auto appended = replicated ? file.append_placed(e) : file.append(e); !appended) return appended;
  }
  if (p.from->snapshot && begun)
    if (auto put = file.put_snapshot(p.from->entity, *p.from->snapshot); !put) return put;
  const entry* last = count == 0 ? nullptr : &entries[p.first + count - 1];
  if (p.from->checkpoints)
    if (auto changed = file.change_checkpoints(p.from->entity, *p.from->checkpoints, last); !changed) return changed;
  p.proof = replicated && last ? receipt{last->partition, last->epoch, last->index, last->hash, last->position}
                               : file.head_receipt(p.from->partition);
  return ok();
}

void journal_writer::impl::answer_group() {
  for (placed& p : group) {
    if (!p.from) {
      replicated->changed(p.partition, p.change.op, p.cut);
      continue;
    }
    const auto first = entries.begin() + static_cast<std::ptrdiff_t>(p.first);
    const auto last = first + static_cast<std::ptrdiff_t>(p.from->events.size());
    if (replicated)
      replicated->stored(p.partition, *p.from, {std::make_move_iterator(first), std::make_move_iterator(last)},
                         p.proof);
    else if (p.from->listener) p.from->listener->on_durable({first, last}, p.proof);
  }
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
  if (replicated && !is_fatal)
    if (auto begun = replicated->begin_again(file); !begun) {
      is_fatal = true;
      become_fatal(begun.error());
      failures.on_journal_failure({begun.error(), true});
    }
  const error told = is_fatal ? *fatal : std::move(why);
  // In a cluster the group's entries are on their way into the stream: the others may take them.
  const error maybe{errc::timeout,
                    "ownership_lost",
                    "whether this was recorded is not known: the journal refused it after it was replicated; ask again "
                    "with the same idempotency key",
                    {}};
  for (placed& p : group)
    if (p.from) fail(*p.from, replicated && !is_fatal && !p.from->events.empty() ? maybe : told);
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

journal_writer::journal_writer(journal& file, failure_listener& failures, replicated_writes* replicated)
    : impl_(std::make_unique<impl>(file, failures, replicated)) {
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

void journal_writer::take_changes(partition_id p) {
  bool wake = false;
  {
    const std::scoped_lock lock{impl_->mutex};
    if (impl_->ended) return;
    impl_->with_changes.push_back(p);
    wake = std::exchange(impl_->asleep, false);
  }
  if (wake) impl_->changed.notify_one();
}

std::uint64_t journal_writer::generation() const noexcept { return impl_->generation.load(std::memory_order_acquire); }

std::uint64_t journal_writer::durable_position() const noexcept {
  return impl_->durable.load(std::memory_order_acquire);
}

const duration_histogram& journal_writer::commit_times() const noexcept { return impl_->commit_times; }

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
