#pragma once
// The SQL of a journal's file. Released steps are FROZEN; what a row means stands in entry_row.hpp, anchor.hpp,
// snapshots.hpp, checkpoint_rows.hpp, replication_rows.hpp, place_index.hpp and quarantine.hpp.

#include <cstdint>
#include <filesystem>
#include <string_view>

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
    {"journal_schema_3",
     "CREATE TABLE replication ("
     " partition INTEGER PRIMARY KEY, incarnation INTEGER NOT NULL, standing INTEGER NOT NULL,"
     " promised_epoch INTEGER NOT NULL, promised_to TEXT NOT NULL, incarnations TEXT NOT NULL,"
     " generation INTEGER NOT NULL, sequence INTEGER NOT NULL, record BLOB NOT NULL, sealed INTEGER NOT NULL,"
     " accepted_epoch INTEGER NOT NULL, accepted_index INTEGER NOT NULL, accepted_hash BLOB NOT NULL,"
     " sha256 BLOB NOT NULL);"
     "CREATE TABLE places (partition INTEGER NOT NULL, idx INTEGER NOT NULL, position INTEGER NOT NULL,"
     " PRIMARY KEY (partition, idx)) WITHOUT ROWID;"
     "CREATE TABLE cuts ("
     " id INTEGER PRIMARY KEY AUTOINCREMENT, partition INTEGER NOT NULL, keep_upto INTEGER NOT NULL,"
     " entries INTEGER NOT NULL, lowest INTEGER NOT NULL, last_position INTEGER NOT NULL, time_us INTEGER NOT NULL,"
     " epoch INTEGER NOT NULL, generation INTEGER NOT NULL);"
     "CREATE TABLE quarantine ("
     " position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, idx INTEGER NOT NULL, epoch INTEGER NOT NULL,"
     " kind INTEGER NOT NULL, org TEXT NOT NULL, entity TEXT NOT NULL, version INTEGER NOT NULL,"
     " type TEXT NOT NULL, time_us INTEGER NOT NULL, idem_key TEXT, idem_fingerprint BLOB, idem_entries INTEGER,"
     " body TEXT NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL,"
     " cut INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, state_time_us INTEGER NOT NULL);"
     "CREATE INDEX quarantine_by_cut ON quarantine (cut, kind, org, entity);"},
    {"journal_schema_4", "ALTER TABLE entries ADD COLUMN promised INTEGER;"
                         "ALTER TABLE quarantine ADD COLUMN promised INTEGER;"
                         "ALTER TABLE quarantine ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;"
                         "CREATE INDEX quarantine_by_place ON quarantine (partition, idx);"
                         "ALTER TABLE cuts ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;"},
    {"journal_schema_5", "ALTER TABLE replication ADD COLUMN members TEXT NOT NULL DEFAULT '';"},
};

// 1 to 64 of [A-Za-z0-9_-]; a UUID unless the cluster's file gave another one.
bool is_valid_cluster(std::string_view id) noexcept;
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
