#pragma once
// The SQL of a journal's file. Released steps are FROZEN; what a row means stands in entry_row.hpp, anchor.hpp,
// snapshots.hpp and checkpoint_rows.hpp.

#include <cstdint>
#include <filesystem>

#include "runtime/result.hpp"
#include "storage/journal.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

inline constexpr std::int32_t journal_application_id = 0x52574a4c; // "RWJL"

inline constexpr sqlite::named_sql journal_schema[] = {
    {"journal_schema_1",
     "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID;"
     // No index beside the position: one more would cost most of the rows a second (measured: 3 to 5 times fewer).
     "CREATE TABLE entries ("
     " position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, idx INTEGER NOT NULL, epoch INTEGER NOT NULL,"
     " kind INTEGER NOT NULL, org TEXT NOT NULL, entity TEXT NOT NULL, version INTEGER NOT NULL,"
     " type TEXT NOT NULL, time_us INTEGER NOT NULL, idem_key TEXT, idem_fingerprint BLOB, idem_entries INTEGER,"
     " body TEXT NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL);"
     "CREATE TABLE anchor (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, heads BLOB NOT NULL,"
     " sha256 BLOB NOT NULL);"
     "CREATE TABLE snapshots (kind INTEGER NOT NULL, org TEXT NOT NULL, entity TEXT NOT NULL,"
     " version INTEGER NOT NULL, state BLOB NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (kind, org, entity));"},
    {"journal_schema_2",
     // `sealed` is last: a list that does not ask for it reads none of its pages.
     "CREATE TABLE checkpoints (pk INTEGER PRIMARY KEY, kind INTEGER NOT NULL, org TEXT NOT NULL,"
     " entity TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, phase TEXT NOT NULL,"
     " reason TEXT NOT NULL, time_us INTEGER NOT NULL, position INTEGER NOT NULL, raw_bytes INTEGER NOT NULL,"
     " sealed BLOB NOT NULL);"
     "CREATE UNIQUE INDEX checkpoints_of_entity ON checkpoints (kind, org, entity, version);"
     "CREATE INDEX checkpoints_by_id ON checkpoints (org, id);"
     "CREATE TABLE checkpoint_pins (org TEXT NOT NULL, checkpoint TEXT NOT NULL, holder_kind INTEGER NOT NULL,"
     " holder TEXT NOT NULL, PRIMARY KEY (org, checkpoint, holder_kind, holder)) WITHOUT ROWID;"},
};

// Of a file whose schema is checked. Nonsense in it: corrupt.
result<journal_meta> load_meta(sqlite::connection& db);
status_result store_meta(sqlite::connection& db, const journal_meta& meta);

struct opened_journal {
  sqlite::connection db;
  journal_meta meta;
};
// Read-only, of this program's schema.
result<opened_journal> open_journal_to_read(const std::filesystem::path& file, const journal_options& options);

} // namespace ropewalk::storage
