#include "storage/view_applier.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/journal_reader.hpp"
#include "storage/view_file.hpp"
#include "storage/view_pace.hpp"

namespace ropewalk::storage {
namespace {

using namespace std::chrono_literals;

void raise(std::atomic<std::uint64_t>& value, std::uint64_t to) noexcept {
  std::uint64_t now = value.load();
  while (now < to && !value.compare_exchange_weak(now, to)) {
  }
}

bool is_damage(const error& e) {
  return e.type == "database_corrupt" || e.type == "not_a_database" || e.type == "views_damaged" ||
         e.code == errc::internal;
}

// Mostly gone at the next attempt.
bool passes(const error& e) { return e.code == errc::busy || e.type == "journal_behind" || e.type == "entry_cut"; }

// A full disk has room again at any moment; what has to be built anew takes long each time.
std::chrono::milliseconds pause_after_failure(const error& e, int failures) {
  if (is_damage(e)) return std::chrono::seconds(std::min(failures, 30));
  return std::min<std::chrono::milliseconds>(failures * 250ms, 1s);
}

} // namespace

struct view_applier::impl {
  explicit impl(view_settings s) : settings(std::move(s)) {}

  const view_settings settings;
  std::optional<journal_reader> journal;
  std::unique_ptr<view_file> file;
  std::thread worker;

  std::atomic<std::uint64_t> applied{0}, indexed{0}, target{0}, wanted{0}, index_wanted{0}, floor{0}, generation{1};
  // Cuts that were told and that the rows are repaired after; how far the journal reached at the last one.
  std::atomic<std::uint64_t> cuts_told{0}, cuts_followed{0}, cut_floor{0};
  std::atomic<bool> asleep{false};  // waits for work: notify() must wake it
  std::atomic<bool> pausing{false}; // waits on purpose: only who waits for something wakes it

  // The worker's own.
  pace::rate_meter arrivals;
  clock::time_point last_arrival = clock::now(), oldest_unindexed = clock::now();
  clock::time_point index_again{}; // not to be tried before
  int index_failures = 0;

  mutable std::mutex mutex;
  std::condition_variable work, moved;
  bool stop = false, running = false;
  std::optional<std::string> rebuild_asked; // why
  std::optional<error> failing, index_failing;
  std::atomic<bool> fails{false}, index_fails{false}; // they are set
  std::uint64_t rebuilds = 0, repairs = 0, faults = 0;
  struct {
    std::uint64_t generation = 0, applied = 0, reach = 0;
  } emptied; // of the journal's end: what stood there was cut off
  std::string rebuild_reason;

  std::mutex listener_mutex;
  std::function<void()> listener;

  void run();
  void wait_for_work();
  void pause(std::chrono::microseconds how_long);
  bool cut_waits() const { return cuts_followed.load() < cuts_told.load(); }
  std::uint64_t shown() const { return cut_waits() ? 0 : applied.load(); }
  std::uint64_t lowest_read() const { return std::max(floor.load(), cut_waits() ? cut_floor.load() : 0); }
  bool index_missed() const {
    return index_wanted.load() > indexed.load() && indexed.load() < applied.load() && clock::now() >= index_again;
  }
  bool hurried() const {
    return wanted.load() > applied.load() || (index_wanted.load() > indexed.load() && !index_fails.load());
  }
  pace::index_need index_need() const;
  status_result work_once();
  status_result follow_cuts();
  void pass(std::uint64_t position);
  status_result follow_index();
  status_result apply_batch();
  status_result rebuild(std::string reason);
  void publish();
  void note(const status_result& done, int failures);
  void note_index(const status_result& done);
  void tell(bool failed_before, const error* why);
  void wake() {
    std::lock_guard lock(mutex);
    work.notify_one();
  }
};

view_applier::view_applier(view_settings settings) : impl_(std::make_unique<impl>(std::move(settings))) {}
view_applier::~view_applier() { stop(); }

status_result view_applier::start() {
  impl& i = *impl_;
  auto reader = journal_reader::open(i.settings.journal_file, i.settings.journal);
  if (!reader) return reader.error();
  i.journal = *std::move(reader);
  auto last = i.journal->last_position();
  if (!last) return last.error();
  raise(i.target, *last);
  i.file = std::make_unique<view_file>(i.settings.views_file, i.journal->meta().cluster);
  auto taken = i.file->take(*i.journal);
  if (!taken) return taken.error();
  if (taken->empty()) {
    i.applied = i.file->applied();
    i.indexed = i.file->indexed();
    i.faults = i.file->faults();
    const auto cut = i.journal->last_cut();
    if (!cut) return cut.error();
    if (*cut != i.file->cut()) {
      i.cut_floor = *last;
      i.cuts_told = 1;
    }
  } else if (auto rebuilt = i.rebuild(*taken); !rebuilt) {
    return rebuilt;
  }
  i.running = true;
  i.worker = std::thread([&i] {
    ::pthread_setname_np(::pthread_self(), "views");
    i.run();
  });
  return ok();
}

void view_applier::stop() {
  impl& i = *impl_;
  {
    std::lock_guard lock(i.mutex);
    i.stop = true;
    i.work.notify_one();
  }
  if (i.worker.joinable()) i.worker.join();
  if (i.file) i.file->close(true);
  i.file.reset();
  std::lock_guard lock(i.mutex);
  i.running = false;
  i.moved.notify_all();
}

void view_applier::impl::run() {
  int failures = 0;
  while (true) {
    wait_for_work();
    std::optional<std::string> reason;
    {
      std::lock_guard lock(mutex);
      if (stop) return;
      reason = std::exchange(rebuild_asked, std::nullopt);
    }
    const auto begin = clock::now();
    status_result done = reason                                  ? rebuild(*reason)
                         : !file->is_open() || !file->is_there() ? rebuild("its file is gone")
                                                                 : work_once();
    // A file that does not hold together is thrown away; one that breaks while it is being built not at once
    // again, or the same fault would keep a core busy for ever.
    if (!done && is_damage(done.error()) && (floor.load() == 0 || failures % 5 == 4))
      done = rebuild(done.error().detail);
    failures = done ? 0 : failures + 1;
    note(done, failures);
    publish();
    if (!done) {
      pause(pause_after_failure(done.error(), failures));
      continue;
    }
    const std::uint64_t seen = applied.load(), goal = target.load();
    if (goal <= seen || hurried()) continue;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin);
    if (const auto rest = pace::pause_after(took, goal - seen); rest > 0us) pause(rest);
  }
}

void view_applier::impl::note(const status_result& done, int failures) {
  const bool was = fails.load() || index_fails.load();
  {
    std::lock_guard lock(mutex);
    faults = file->faults();
    if (done) failing.reset();
    else if (!passes(done.error()) || failures > (done.error().type == "entry_cut" ? 20 : 2)) failing = done.error();
    fails = failing.has_value();
  }
  tell(was, done ? nullptr : &done.error());
}

void view_applier::impl::note_index(const status_result& done) {
  const bool was = fails.load() || index_fails.load();
  index_failures = done ? 0 : index_failures + 1;
  if (!done) index_again = clock::now() + pause_after_failure(done.error(), index_failures);
  {
    std::lock_guard lock(mutex);
    if (done) index_failing.reset();
    else if (index_failures > 2 || !passes(done.error())) index_failing = done.error();
    index_fails = index_failing.has_value();
  }
  tell(was, done ? nullptr : &done.error());
}

void view_applier::impl::tell(bool failed_before, const error* why) {
  const bool fail_now = fails.load() || index_fails.load();
  if (settings.on_failing && failed_before != fail_now) settings.on_failing(fail_now ? why : nullptr);
}

void view_applier::impl::wait_for_work() {
  std::unique_lock lock(mutex);
  const auto has_rows = [this] { return stop || rebuild_asked || cut_waits() || target.load() > applied.load(); };
  const auto has_work = [&] { return has_rows() || index_missed(); };
  if (has_work()) return;
  asleep = true; // before the last look at target: notify() sets that first, then looks at this
  while (!has_work()) {
    if (indexed.load() >= applied.load()) work.wait(lock);
    else if (work.wait_until(lock, std::max(last_arrival + pace::quiet_time, index_again)) == std::cv_status::timeout)
      break; // time for the index
    if (!has_work()) asleep = true;
  }
  asleep = false;
  // Others will follow the first one; each small transaction costs as much as a hundred entries.
  if (stop || rebuild_asked || cut_waits() || target.load() <= applied.load() || hurried()) return;
  pausing = true;
  work.wait_for(lock, pace::gather, [this] { return stop || rebuild_asked || cut_waits() || hurried(); });
  pausing = false;
}

void view_applier::impl::pause(std::chrono::microseconds how_long) {
  std::unique_lock lock(mutex);
  pausing = true;
  work.wait_for(lock, how_long, [&] { return stop || rebuild_asked || (!failing && (cut_waits() || hurried())); });
  pausing = false;
}

pace::index_need view_applier::impl::index_need() const {
  const auto now = clock::now();
  const std::uint64_t done = indexed.load();
  return {applied.load() - done, index_wanted.load() > done, arrivals.rate(), now - last_arrival,
          now - oldest_unindexed};
}

status_result view_applier::impl::work_once() {
  if (cut_waits())
    if (auto done = follow_cuts(); !done) return done;
  if (target.load() > applied.load()) {
    if (indexed.load() == applied.load()) oldest_unindexed = clock::now();
    if (auto done = apply_batch(); !done) return done;
  }
  // Who waits for rows comes before who waits for the index.
  if (wanted.load() > applied.load() && target.load() > applied.load()) return ok();
  if (!pace::should_index(index_need()) || clock::now() < index_again) return ok();
  return follow_index();
}

// Rows go on without full text; damage alone concerns the whole file.
status_result view_applier::impl::follow_index() {
  auto done = file->index();
  if (!done && is_damage(done.error())) return done;
  if (done) {
    // Behind the last entry there may be positions that were cut off.
    indexed = file->indexed() == file->applied() ? applied.load() : file->indexed();
    oldest_unindexed = clock::now();
  }
  note_index(done);
  return ok();
}

status_result view_applier::impl::apply_batch() {
  std::vector<entry> entries;
  entries.reserve(std::min<std::size_t>(pace::batch_entries, target.load() - applied.load()));
  // Read first, so that no read transaction on the journal stays open while rows are written.
  auto read = journal->read_after(applied.load(), pace::batch_entries, pace::batch_bytes,
                                  [&](entry&& e) { entries.push_back(std::move(e)); });
  // What was read may follow on a cut: the repair comes before it.
  const auto cut = read ? result<std::uint64_t>{read->last_cut} : journal->last_cut();
  if (!cut) return cut.error();
  if (*cut != file->cut()) return follow_cuts();
  if (!entries.empty()) {
    if (auto done = file->apply(entries); !done) return done;
    raise(target, file->applied());
    applied = file->applied();
    last_arrival = clock::now();
    arrivals.add(entries.size(), last_arrival);
  }
  if (!read) return read.error();
  const std::uint64_t before = applied.load();
  pass(read->last_position);
  if (entries.empty() && applied.load() == before)
    return error{errc::unavailable, "journal_behind", "the journal does not show its newest entries yet", {}};
  return ok();
}

// Nothing that stands in the journal comes up to here any more.
void view_applier::impl::pass(std::uint64_t position) {
  if (position <= applied.load()) return;
  const bool whole = file->indexed() == file->applied();
  {
    const std::lock_guard lock(mutex);
    emptied = {generation.load(), file->applied(), position};
  }
  applied = position;
  raise(target, position);
  if (whole) indexed = position;
}

status_result view_applier::impl::follow_cuts() {
  const std::uint64_t told = cuts_told.load(); // before the journal is looked at: it shows what was told
  const auto last = journal->last_cut();
  if (!last) return last.error();
  if (*last != file->cut()) {
    if (auto done = file->repair(*journal); !done) return done;
    const std::lock_guard lock(mutex);
    ++repairs;
  }
  raise(cuts_followed, told);
  return ok();
}

status_result view_applier::impl::rebuild(std::string reason) {
  {
    std::lock_guard lock(mutex);
    ++rebuilds;
    rebuild_reason = std::move(reason);
  }
  floor = target.load();
  applied = 0;
  indexed = 0;
  auto created = file->create();
  ++generation; // readers open the new file; the old one lives until the last has let go
  return created;
}

void view_applier::impl::publish() {
  {
    std::lock_guard lock(mutex);
    if (!rebuild_asked && applied.load() >= floor.load()) floor = 0;
    moved.notify_all();
  }
  std::lock_guard lock(listener_mutex);
  if (listener) listener();
}

std::uint64_t view_applier::applied_position() const noexcept { return impl_->shown(); }
std::uint64_t view_applier::indexed_position() const noexcept { return impl_->indexed.load(); }
std::uint64_t view_applier::floor_position() const noexcept { return impl_->lowest_read(); }
std::uint64_t view_applier::generation() const noexcept { return impl_->generation.load(); }
std::optional<error> view_applier::failing() const {
  if (!impl_->fails.load()) return std::nullopt;
  std::lock_guard lock(impl_->mutex);
  return impl_->failing;
}
std::optional<error> view_applier::index_failing() const {
  if (!impl_->index_fails.load()) return std::nullopt;
  std::lock_guard lock(impl_->mutex);
  return impl_->index_failing;
}
std::uint64_t view_applier::reach_of(std::uint64_t generation, std::uint64_t applied) const {
  if (impl_->cut_waits()) return applied;
  const std::lock_guard lock(impl_->mutex);
  const auto& e = impl_->emptied;
  return e.generation == generation && e.applied == applied ? e.reach : applied;
}
const std::filesystem::path& view_applier::file() const noexcept { return impl_->settings.views_file; }

void view_applier::notify(std::uint64_t durable_position) noexcept {
  raise(impl_->target, durable_position);
  if (impl_->asleep.load() && impl_->asleep.exchange(false)) impl_->wake();
}

void view_applier::cut(std::uint64_t durable_position) noexcept {
  raise(impl_->cut_floor, durable_position);
  ++impl_->cuts_told;
  raise(impl_->target, durable_position);
  impl_->asleep = false;
  impl_->wake();
}

void view_applier::want(std::uint64_t position) noexcept {
  if (impl_->applied.load() >= position) return;
  raise(impl_->wanted, position);
  if (impl_->pausing.load()) impl_->wake();
}

void view_applier::want_index(std::uint64_t position) noexcept {
  if (impl_->indexed.load() >= position) return;
  raise(impl_->index_wanted, position);
  if (impl_->asleep.exchange(false) || impl_->pausing.load()) impl_->wake();
}

bool view_applier::wait_for_index(std::uint64_t position, clock::time_point deadline) {
  if (!wait_for(position, deadline)) return false;
  want_index(position);
  std::unique_lock lock(impl_->mutex);
  const auto reached = [&] {
    return !impl_->rebuild_asked && !impl_->cut_waits() && impl_->indexed.load() >= position;
  };
  impl_->moved.wait_until(lock, deadline, [&] { return impl_->stop || reached(); });
  return reached();
}

bool view_applier::wait_for(std::uint64_t position, clock::time_point deadline) {
  want(position);
  std::unique_lock lock(impl_->mutex);
  const auto reached = [&] {
    return !impl_->rebuild_asked && impl_->shown() >= std::max(position, impl_->lowest_read());
  };
  impl_->moved.wait_until(lock, deadline, [&] { return impl_->stop || reached(); });
  return reached();
}

void view_applier::rebuild(std::string reason) {
  impl& i = *impl_;
  std::lock_guard lock(i.mutex);
  i.floor = i.target.load();
  i.rebuild_asked = std::move(reason);
  i.work.notify_one();
}

view_progress view_applier::progress() const {
  view_progress p;
  p.indexed = impl_->indexed.load();
  p.applied = impl_->applied.load();
  p.target = std::max(impl_->target.load(), p.applied);
  p.rebuilding = impl_->floor.load() > 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(impl_->settings.views_file.string() + suffix, missing);
    if (!missing) p.bytes += size;
  }
  std::lock_guard lock(impl_->mutex);
  p.repairs = impl_->repairs;
  p.rebuilds = impl_->rebuilds;
  p.rebuild_reason = impl_->rebuild_reason;
  p.faults = impl_->faults;
  p.failing = impl_->failing;
  p.index_failing = impl_->index_failing;
  return p;
}

void view_applier::on_applied(std::function<void()> listener) {
  std::lock_guard lock(impl_->listener_mutex);
  impl_->listener = std::move(listener);
}

} // namespace ropewalk::storage
