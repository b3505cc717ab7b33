#include "storage/view_schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include <sqlite3.h>

#include "storage/search_text.hpp"

namespace ropewalk::storage {
namespace {

constexpr sqlite::named_sql create_tables{"create the views", R"sql(
CREATE TABLE view_state(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE faults(position INTEGER PRIMARY KEY, why TEXT NOT NULL);

CREATE TABLE orgs(
  pk INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  messages INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0); -- live messages: for ranking
CREATE TABLE entities(
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL,
  version INTEGER NOT NULL, wake_at INTEGER, UNIQUE(org, kind, id));
CREATE INDEX entities_by_wake ON entities(wake_at) WHERE wake_at IS NOT NULL;
CREATE TABLE entity_rows(
  entity INTEGER NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(entity, version)) WITHOUT ROWID;

CREATE TABLE threads( -- pk: of the entity
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL,
  status INTEGER NOT NULL, -- 0 deleted, 1 active, 2 suspended, 3 closed
  user TEXT NOT NULL, agent TEXT NOT NULL, name TEXT NOT NULL,
  updated_at INTEGER NOT NULL, messages INTEGER NOT NULL, state BLOB NOT NULL);
CREATE INDEX threads_by_update ON threads(org, updated_at) WHERE status > 0;
CREATE INDEX threads_by_user ON threads(org, user, updated_at, status) WHERE status > 0 AND user <> '';
CREATE TABLE thread_tags(
  org INTEGER NOT NULL, tag TEXT NOT NULL, thread INTEGER NOT NULL,
  PRIMARY KEY(org, tag, thread)) WITHOUT ROWID;

CREATE TABLE messages(
  position INTEGER PRIMARY KEY, -- of the entry that wrote it
  thread INTEGER NOT NULL, seq INTEGER NOT NULL,
  version INTEGER NOT NULL,     -- of the thread, when it was written
  superseded INTEGER,           -- of the thread, when it ended, kept for forks; 0 = of no use, but still indexed
  role INTEGER NOT NULL, sender TEXT, name TEXT, time INTEGER NOT NULL,
  own_id TEXT,                  -- an id that does not tell its seq
  body BLOB NOT NULL);
CREATE INDEX messages_by_seq ON messages(thread, seq, version);
CREATE INDEX messages_by_id ON messages(thread, own_id) WHERE own_id IS NOT NULL;
CREATE INDEX messages_ended ON messages(thread) WHERE superseded > 0;
CREATE INDEX messages_dead ON messages(superseded) WHERE superseded = 0;

CREATE TABLE forks(
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL, forker INTEGER NOT NULL, version INTEGER NOT NULL,
  child TEXT NOT NULL, adopted INTEGER NOT NULL); -- 0: pending; 1: by the child; 2: the parent says so, the child's word is to come
CREATE INDEX forks_by_child ON forks(org, child);
CREATE TABLE early_forks( -- adopted by the child, or released again, before the parent told of them
  org INTEGER NOT NULL, child TEXT NOT NULL, parent TEXT NOT NULL, version INTEGER NOT NULL, released INTEGER NOT NULL,
  PRIMARY KEY(org, child, parent, version)) WITHOUT ROWID;
CREATE TABLE pins( -- rows of the ancestor up to seq, as of version, are the fork's
  ancestor INTEGER NOT NULL, fork INTEGER NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(ancestor, fork)) WITHOUT ROWID;
CREATE INDEX pins_by_fork ON pins(fork);

CREATE TABLE workflows( -- pk: of the entity
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL,
  definition TEXT NOT NULL, definition_version INTEGER NOT NULL,
  status INTEGER NOT NULL, -- workflow::instance_status
  started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  parent TEXT,                  -- id of the instance whose child it is
  branched_from TEXT,           -- id of the instance that it was branched from
  phase TEXT NOT NULL,          -- under way, or where it failed
  error TEXT NOT NULL,          -- its code
  outstanding INTEGER NOT NULL, -- 1 = a new owner has to send what is outstanding again; 2 = children are among it
  summary BLOB NOT NULL);
CREATE INDEX workflows_by_update ON workflows(org, updated_at);
CREATE INDEX workflows_by_definition ON workflows(org, definition, updated_at);
CREATE INDEX workflows_by_status ON workflows(org, status, updated_at);
CREATE INDEX workflows_by_parent ON workflows(org, parent, updated_at) WHERE parent IS NOT NULL;
CREATE INDEX workflows_by_origin ON workflows(org, branched_from, updated_at) WHERE branched_from IS NOT NULL;
CREATE INDEX workflows_outstanding ON workflows(pk) WHERE outstanding > 0;
CREATE TABLE workflow_attributes( -- value: with a mark of its type
  org INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, workflow INTEGER NOT NULL,
  PRIMARY KEY(org, name, value, workflow)) WITHOUT ROWID;
CREATE TABLE definitions(
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
  created_at INTEGER NOT NULL, shown TEXT NOT NULL, document TEXT NOT NULL);
CREATE UNIQUE INDEX definitions_by_name ON definitions(org, name, version);

CREATE TABLE schedules( -- pk: of the entity
  pk INTEGER PRIMARY KEY, org INTEGER NOT NULL, name TEXT NOT NULL,
  definition TEXT NOT NULL,     -- of the workflows that it starts
  paused INTEGER NOT NULL,
  expecting INTEGER NOT NULL,   -- 1 = times may come, or starts are not over
  state BLOB NOT NULL);         -- without its idempotency keys
CREATE UNIQUE INDEX schedules_by_name ON schedules(org, name);
CREATE INDEX schedules_expecting ON schedules(pk) WHERE expecting = 1;

CREATE VIEW message_source AS
  SELECT m.position AS position, 't' || m.thread AS scope, search_text(e.org, m.body) AS text
  FROM messages m JOIN entities e ON e.pk = m.thread;
CREATE VIRTUAL TABLE message_text USING fts5(
  scope, text, content='message_source', content_rowid='position', tokenize='ropewalk', columnsize=0);
-- A part of the index is one segment (8 MB of terms in memory), segments meet 16 at a time, and a leaf fills a
-- page of the file: a third less work a message than with the defaults.
INSERT INTO message_text(message_text, rank) VALUES('hashsize', 8000000);
INSERT INTO message_text(message_text, rank) VALUES('automerge', 16);
INSERT INTO message_text(message_text, rank) VALUES('pgsz', 8000);
)sql"};

constexpr std::int64_t application_id = 0x52577677; // "RWvw"

status_result configure_views(sqlite::connection& db) {
  // The log is copied back every 32 MiB: fewer, larger copies than the default.
  return db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=4000;"
                    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY");
}

result<std::string> state_text(sqlite::connection& db, const char* name) {
  return db.text(("SELECT value FROM view_state WHERE name = '" + std::string(name) + "'").c_str());
}

status_result put_state(sqlite::connection& db, const char* name, std::string_view value) {
  auto put = db.prepare({"put_view_state", "INSERT OR REPLACE INTO view_state VALUES(?1, ?2)"});
  if (!put) return put.error();
  put->bind(1, name);
  put->bind(2, value);
  return put->run();
}

// On the disk before anything else is written: after a power cut it must not say "clean" over torn pages.
status_result mark_in_use(sqlite::connection& db, const std::string& boot_id) {
  if (auto full = db.execute("PRAGMA synchronous=FULL"); !full) return full;
  auto begun = sqlite::transaction::begin(db);
  if (!begun) return begun.error();
  if (auto put = put_state(db, "boot", boot_id); !put) return put;
  if (auto put = put_state(db, "clean", "0"); !put) return put;
  if (auto committed = begun->commit(); !committed) return committed;
  return db.execute("PRAGMA synchronous=OFF");
}

std::string judge(sqlite::connection& db, view_origin& origin, const std::string& cluster, const std::string& boot_id) {
  const auto application = db.integer("PRAGMA application_id");
  const auto version = db.integer("PRAGMA user_version");
  if (!application || !version)
    return "it cannot be read: " + (application ? version.error() : application.error()).detail;
  if (*application != application_id) return "it is not a file of views";
  if (*version != view_schema_version) return "its schema is version " + std::to_string(*version);
  const auto its_cluster = state_text(db, "cluster"), clean = state_text(db, "clean"), boot = state_text(db, "boot");
  const auto applied = db.integer("SELECT value FROM view_state WHERE name = 'applied'");
  const auto indexed = db.integer("SELECT value FROM view_state WHERE name = 'indexed'");
  const auto cut = db.integer("SELECT coalesce((SELECT value FROM view_state WHERE name = 'cut'), 0)");
  const auto hash = state_text(db, "applied_hash");
  if (!its_cluster || !clean || !boot || !applied || !indexed || !hash || !cut) return "its state cannot be read";
  if (*its_cluster != cluster) return "it shows another journal";
  if (*clean != "1" && *boot != boot_id) return "the machine went down before it was on the disk";
  if (*applied < 0 || *indexed < 0 || *indexed > *applied) return "its positions make no sense";
  origin = {*its_cluster, static_cast<std::uint64_t>(*applied), static_cast<std::uint64_t>(*indexed), *hash,
            static_cast<std::uint64_t>(*cut)};
  return {};
}

} // namespace

std::string current_boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!in || !std::getline(in, id)) return "unknown " + std::to_string(std::random_device{}()); // never equal: rebuilds
  return id;
}

opened_views open_views(const std::filesystem::path& file, const std::string& cluster, const std::string& boot_id) {
  opened_views views;
  const auto unusable = [&](std::string why) {
    views.db = {};
    views.unusable = std::move(why);
    return std::move(views);
  };
  std::error_code missing;
  if (!std::filesystem::exists(file, missing)) return unusable("there is no file");
  sqlite::open_options options;
  options.create = false;
  auto db = sqlite::connection::open(file, options);
  if (!db) return unusable(db.error().detail);
  views.db = *std::move(db);
  if (auto ready = configure_views(views.db); !ready) return unusable(ready.error().detail);
  if (auto ready = register_search(views.db); !ready) return unusable(ready.error().detail);
  if (std::string why = judge(views.db, views.origin, cluster, boot_id); !why.empty()) return unusable(std::move(why));
  if (auto marked = mark_in_use(views.db, boot_id); !marked) return unusable(marked.error().detail);
  return views;
}

result<sqlite::connection> create_views(const std::filesystem::path& file, const std::string& cluster,
                                        const std::string& boot_id) {
  for (const char* suffix : {"-wal", "-shm", ""}) {
    std::error_code failed;
    std::filesystem::remove(file.string() + suffix, failed);
    if (failed)
      return error{
          errc::unavailable, "cannot_open", "cannot remove " + file.string() + suffix + ": " + failed.message(), {}};
  }
  auto db = sqlite::connection::open(file, {});
  if (!db) return db.error();
  if (auto sized = db->execute("PRAGMA page_size=8192"); !sized) return sized.error();
  if (auto ready = configure_views(*db); !ready) return ready.error();
  if (auto ready = register_search(*db); !ready) return ready.error();
  auto begun = sqlite::transaction::begin(*db);
  if (!begun) return begun.error();
  if (auto made = db->execute(create_tables); !made) return made.error();
  const std::string marks = "PRAGMA application_id=" + std::to_string(application_id) +
                            ";PRAGMA user_version=" + std::to_string(view_schema_version);
  if (auto made = db->execute(marks.c_str()); !made) return made.error();
  if (auto made = db->execute(
          "INSERT INTO view_state VALUES('applied', 0), ('indexed', 0), ('applied_hash', ''), ('clean', '0')");
      !made)
    return made.error();
  if (auto put = put_state(*db, "cluster", cluster); !put) return put.error();
  if (auto put = put_state(*db, "boot", boot_id); !put) return put.error();
  if (auto committed = begun->commit(); !committed) return committed.error();
  return db;
}

status_result close_cleanly(sqlite::connection& db) {
  if (auto full = db.execute("PRAGMA synchronous=FULL; PRAGMA wal_checkpoint(TRUNCATE)"); !full) return full;
  // Pages that earlier checkpoints copied were never synced, and the last one may have had nothing to copy.
  const char* name = sqlite3_db_filename(db.handle(), nullptr);
  const int file = ::open(name, O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!synced) return error{errc::unavailable, "disk_io_error", "cannot sync " + std::string(name), {}};
  return put_state(db, "clean", "1");
}

result<sqlite::connection> open_views_to_read(const std::filesystem::path& file) {
  sqlite::open_options options;
  options.read_only = true;
  auto db = sqlite::connection::open(file, options);
  if (!db) return db.error();
  if (auto ready = db->execute("PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY"); !ready) return ready.error();
  if (auto ready = register_search(*db); !ready) return ready.error();
  return db;
}

} // namespace ropewalk::storage
