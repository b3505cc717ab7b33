#include "storage/journal.hpp"

#include <chrono>
#include <random>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "runtime/invariant.hpp"
#include "runtime/uuid.hpp"
#include "storage/anchor.hpp"
#include "storage/chain.hpp"
#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/journal_schema.hpp"
#include "storage/membership.hpp"
#include "storage/quarantine.hpp"
#include "storage/snapshots.hpp"
#include "storage/sqlite.hpp"
#include "storage/sqlite_migrations.hpp"

namespace ropewalk::storage {

struct journal::impl {
  std::filesystem::path file;
  journal_options options;
  sqlite::connection db; // before its statements: they go first
  journal_meta meta;
  chain committed;            // of the last committed group
  chain current;              // of the open group
  std::uint64_t anchored = 0; // position of the last anchor
  bool open_group = false;
  bool was_cut = false; // in the open group
  int wal_pages = 0;
  sqlite::statement begin, commit, rollback, insert, anchor, snapshot, last;
  checkpoint_writes checkpoints;
  membership member;

  impl(const std::filesystem::path& path, const journal_options& o, sqlite::connection connected, journal_meta m)
      : file(path), options(o), db(std::move(connected)), meta(std::move(m)), committed(meta), current(committed) {
    sqlite3_wal_hook(db.handle(), &note_wal_pages, this);
  }

  // In place of SQLite's own checkpoint after a commit, which hides a failed fsync: see checkpoint().
  static int note_wal_pages(void* self, sqlite3*, const char*, int pages) {
    static_cast<impl*>(self)->wal_pages = pages;
    return SQLITE_OK;
  }

  status_result prepare_all() {
    if (auto ready = db.prepare_all({
            {begin, {"begin_group", "BEGIN IMMEDIATE"}},
            {commit, {"commit_group", "COMMIT"}},
            {rollback, {"abandon_group", "ROLLBACK"}},
            {insert, insert_entry},
            {anchor, put_anchor},
            {snapshot, storage::put_snapshot},
            {last, select_last_position},
        });
        !ready)
      return ready.error();
    if (auto ready = checkpoints.open(db); !ready) return ready;
    return member.open(db, meta, insert);
  }
};

namespace {

status_result configure(sqlite::connection& db) {
  // page_size counts only before the first table, journal_mode stays with the file, the rest is the connection's.
  for (const char* setting : {
           "PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
           "PRAGMA secure_delete = FAST",
           "PRAGMA cache_size = -16384",           // KiB: a whole group, so that it is not spilled before its commit
           "PRAGMA journal_size_limit = 67108864", // a log that grew under a long read shrinks again
       })
    if (auto set = db.execute(setting); !set) return set;
  const auto mode = db.text("PRAGMA journal_mode");
  if (!mode) return mode.error();
  if (*mode != "wal")
    return error{errc::unavailable, "no_wal", "the journal's file system or VFS cannot do write-ahead logging", {}};
  return ok();
}

journal_meta new_meta(const journal_options& options) {
  std::random_device entropy;
  const auto word = [&] { return std::uint64_t{entropy()} << 32 | entropy(); };
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  const instant created{now.count()};
  const std::string cluster = options.cluster.empty() ? make_uuid7(created, word(), word()) : options.cluster;
  return {cluster, options.partitions, 1, created};
}

// A new file is on the disk only when its directory is.
status_result sync_directory(const std::filesystem::path& file) {
  const auto parent = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && fsync(directory) == 0;
  if (directory >= 0) close(directory);
  if (synced) return ok();
  return error{errc::corrupt, "disk_io_error", "cannot sync the directory " + parent.string(), {}};
}

// migrate() commits each step on its own: after a crash behind the first one there is a journal without meta.
result<journal_meta> load_or_make_meta(sqlite::connection& db, const journal_options& options) {
  const auto rows = db.integer("SELECT count(*) FROM meta");
  if (!rows) return rows.error();
  if (*rows != 0) return load_meta(db);
  const auto entries = db.integer("SELECT count(*) FROM (SELECT 1 FROM entries LIMIT 1)");
  if (!entries) return entries.error();
  if (*entries != 0) return error{errc::corrupt, "journal_damaged", "the journal has entries but no cluster id", {}};
  const journal_meta meta = new_meta(options);
  if (auto stored = store_meta(db, meta); !stored) return stored.error();
  return meta;
}

} // namespace

result<std::unique_ptr<journal>> journal::open(const std::filesystem::path& file, const journal_options& options) {
  if (options.partitions < 1 || options.partitions > partitions_max)
    return invalid("partitions", "a journal has 1 to " + std::to_string(partitions_max) + " partitions");
  if (!options.cluster.empty() && !is_valid_cluster(options.cluster))
    return invalid("cluster", "a cluster's id is 1 to 64 of A-Z, a-z, 0-9, _ and -");
  auto db = sqlite::connection::open(file, {.vfs = options.vfs});
  if (!db) return db.error();
  if (auto known = db->integer("PRAGMA schema_version"); !known) return known.error(); // reads the file's header
  if (auto ready = configure(*db); !ready) return ready.error();
  if (auto made = sqlite::migrate(*db, journal_application_id, journal_schema, "journal"); !made) return made.error();
  auto meta = load_or_make_meta(*db, options);
  if (!meta) return meta.error();
  if (!options.cluster.empty() && meta->cluster != options.cluster)
    return error{errc::conflict, "other_cluster",
                 "the journal is of cluster " + meta->cluster + ", not of " + options.cluster, "cluster"};
  if (auto synced = sync_directory(file); !synced) return synced.error();

  auto i = std::make_unique<impl>(file, options, std::move(*db), std::move(*meta));
  if (auto ready = i->prepare_all(); !ready) return ready.error();
  auto recovered = recover_chain(i->db, i->meta);
  if (!recovered) return recovered.error();
  const auto anchored = load_anchor(i->db, i->meta);
  if (!anchored) return anchored.error();
  i->anchored = *anchored ? (*anchored)->position : 0;
  i->committed = std::move(*recovered);
  i->current = i->committed;
  return std::unique_ptr<journal>(new journal(std::move(i)));
}

journal::journal(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
journal::~journal() = default;

const std::filesystem::path& journal::file() const noexcept { return impl_->file; }
const journal_options& journal::options() const noexcept { return impl_->options; }
const journal_meta& journal::meta() const noexcept { return impl_->meta; }
std::uint64_t journal::last_position() const noexcept { return impl_->current.position(); }
int journal::wal_pages() const noexcept { return impl_->wal_pages; }

const partition_head& journal::head(partition_id partition) const {
  INVARIANT(partition.value < impl_->meta.partitions, partition.value, impl_->meta.partitions);
  return impl_->current.heads()[partition.value];
}

receipt journal::head_receipt(partition_id partition) const {
  const partition_head& at = head(partition);
  return {partition, impl_->meta.epoch, at.index, at.hash, at.position};
}

result<bool> journal::has_checkpoints() {
  const auto any = impl_->db.integer("SELECT EXISTS (SELECT 1 FROM checkpoints)");
  if (!any) return any.error();
  return *any != 0;
}

status_result journal::begin_group() {
  INVARIANT(!impl_->open_group);
  auto begun = impl_->begin.run();
  impl_->open_group = static_cast<bool>(begun);
  return begun;
}

status_result journal::append(entry& e) {
  INVARIANT(impl_->open_group);
  const partition_head& before = head(e.partition);
  e.position = impl_->current.position() + 1;
  e.index = before.index + 1;
  e.epoch = impl_->meta.epoch;
  e.prev_hash = before.hash;
  e.hash = hash_of(e);
  bind_entry(impl_->insert, e);
  bind_promised(impl_->insert, e);
  if (auto inserted = impl_->insert.run(); !inserted) return inserted;
  impl_->current.move_to(e);
  return impl_->member.notes_places() ? impl_->member.note(e) : ok();
}

result<bool> journal::was_member() { return impl_->member.took_part(); }

status_result journal::put_snapshot(const entity_key& entity, const entity_snapshot& snapshot) {
  INVARIANT(impl_->open_group);
  return store_snapshot(impl_->snapshot, entity, snapshot);
}

status_result journal::change_checkpoints(const entity_key& entity, checkpoint_change& change, const entry* last) {
  INVARIANT(impl_->open_group);
  return impl_->checkpoints.apply(impl_->meta.cluster, entity, change, last);
}

result<std::optional<entity_key>> journal::sweep_checkpoints(const checkpoint_sweep& what) {
  INVARIANT(impl_->open_group);
  return impl_->checkpoints.sweep(impl_->meta.cluster, what);
}

status_result journal::commit_group() {
  INVARIANT(impl_->open_group);
  auto& i = *impl_;
  // After a cut at once: recovery folds what is behind the anchor, and must not meet the hole.
  const bool anchor_due = i.was_cut || i.current.position() - i.anchored >= anchor_interval;
  if (anchor_due)
    if (auto stored = store_anchor(i.anchor, i.meta, i.current.position(), i.current.heads()); !stored) return stored;
  if (auto committed = i.commit.run(); !committed) return committed;
  i.open_group = i.was_cut = false;
  i.committed = i.current;
  if (anchor_due) i.anchored = i.current.position();
  return ok();
}

status_result journal::abandon_group() {
  auto& i = *impl_;
  i.open_group = i.was_cut = false;
  i.current = i.committed;
  i.member.forget();
  if (!i.db.autocommit())
    if (auto undone = i.rollback.run(); !undone) return undone;
  // What SQLite says it rolled back is looked at once: heads in memory that differ from the file would fork it.
  const auto row = i.last.step();
  if (!row) return row.error();
  const std::uint64_t last = i.last.natural(0);
  i.last.reset();
  if (last != i.committed.position())
    return error{errc::corrupt,
                 "journal_damaged",
                 "after a rollback the journal ends at " + std::to_string(last) + " instead of " +
                     std::to_string(i.committed.position()),
                 {}};
  return ok();
}

result<replication::durable_state> journal::load_replication(partition_id p) {
  INVARIANT(!impl_->open_group);
  INVARIANT(p.value < impl_->meta.partitions, p.value, impl_->meta.partitions);
  return impl_->member.load(p, impl_->committed);
}

status_result journal::append_placed(entry& e) {
  INVARIANT(impl_->open_group);
  e.position = impl_->current.position() + 1;
  return impl_->member.append(e, e.position, impl_->current);
}

result<bool> journal::apply_change(partition_id p, const replication::change& c) {
  INVARIANT(impl_->open_group);
  INVARIANT(p.value < impl_->meta.partitions, p.value, impl_->meta.partitions);
  auto was_cut = impl_->member.apply(p, c, impl_->current);
  impl_->was_cut = impl_->was_cut || (was_cut && *was_cut);
  return was_cut;
}

status_result journal::settle_quarantined(const quarantine_settlement& s) {
  INVARIANT(impl_->open_group);
  return impl_->member.settle(s);
}

status_result journal::alone(const std::function<status_result()>& write) {
  if (auto begun = begin_group(); !begun) return begun;
  auto written = write();
  if (written) written = commit_group();
  if (written) return written;
  if (auto undone = abandon_group(); !undone) return undone;
  return written;
}

status_result journal::lose_standing(std::uint64_t incarnation) {
  return alone([&] { return impl_->member.lose_standing(incarnation, impl_->current); });
}

status_result journal::stand(std::uint64_t incarnation, std::uint64_t epoch) {
  return alone([&] { return impl_->member.stand(incarnation, epoch, impl_->current); });
}

result<bool> journal::relearn(const relearning& what) {
  INVARIANT(impl_->open_group);
  if (what.partition.value >= impl_->meta.partitions) return invalid("partition", "the journal has no such partition");
  auto was_cut = impl_->member.relearn(what, impl_->current);
  impl_->was_cut = impl_->was_cut || (was_cut && *was_cut);
  return was_cut;
}

result<std::uint64_t> journal::incarnation() { return impl_->member.incarnation(); }
result<std::string> journal::token() { return impl_->member.token(); }
status_result journal::put_token(const std::string& token) {
  INVARIANT(!impl_->open_group);
  return impl_->member.put_token(token);
}

status_result journal::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(impl_->db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  // Busy: the checkpointer's thread is at it.
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return ok();
  return sqlite::translate(impl_->db.handle(), code, "checkpoint");
}

} // namespace ropewalk::storage
