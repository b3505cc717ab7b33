#pragma once
// An entry as a row of the journal's table `entries`. FROZEN with schema 1; `promised` came with schema 4: 0 local, 1 log, 2 peers,
// NULL where this node did not write the entry for a client of a cluster.
//
// One column a field; without a key the three idem columns are NULL. Hashes are blobs of 32 bytes, the
// fingerprint one of 16. A row of any other shape (a type, a size, a range) does not decode.

#include <string>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

#define ROPEWALK_ENTRY_COLUMNS                                                                                         \
  "position, partition, idx, epoch, kind, org, entity, version, type, time_us, idem_key, idem_fingerprint,"            \
  " idem_entries, body, prev_hash, hash"

inline constexpr sqlite::named_sql insert_entry = {
    "insert_entry", "INSERT INTO entries (" ROPEWALK_ENTRY_COLUMNS
                    ", promised) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"};
inline constexpr sqlite::named_sql select_entry = {"select_entry", "SELECT " ROPEWALK_ENTRY_COLUMNS
                                                                   " FROM entries WHERE position = ?1"};
inline constexpr sqlite::named_sql select_entries_after = {
    "select_entries_after",
    "SELECT " ROPEWALK_ENTRY_COLUMNS " FROM entries WHERE position > ?1 ORDER BY position LIMIT ?2"};

// e's strings must stay as they are until the statement has run.
void bind_entry(sqlite::statement& insert, const entry& e); // all but promised
void bind_promised(sqlite::statement& insert, const entry& e);
// The row that `row` stands at, without a look at its hash. corrupt: says which column is wrong.
status_result read_entry(const sqlite::statement& row, entry& e);

} // namespace ropewalk::storage
