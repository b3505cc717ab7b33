#pragma once
// The newest state of each entity that has one, beside the entries it was folded from: table `snapshots`,
// written in the transaction of the entry it follows. Not part of the chain: a snapshot can always be thrown
// away. FROZEN with schema 1:
//   sha256 = SHA-256("ropewalk.snapshot.1" u8(kind) text(org) text(entity) u64(version) state)
//   text   = u32 (count of bytes), the bytes; numbers are little-endian

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/journal_writer.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

digest snapshot_hash(const entity_key& entity, std::uint64_t version, std::string_view state);

inline constexpr sqlite::named_sql put_snapshot = {
    "put_snapshot",
    "INSERT INTO snapshots (kind, org, entity, version, state, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (kind, org, entity) DO UPDATE SET version = ?4, state = ?5, sha256 = ?6 WHERE version < ?4"};
inline constexpr sqlite::named_sql select_snapshot = {
    "select_snapshot", "SELECT version, state, sha256 FROM snapshots WHERE kind = ?1 AND org = ?2 AND entity = ?3"};

// Runs `put`, prepared from put_snapshot.
status_result store_snapshot(sqlite::statement& put, const entity_key& entity, const entity_snapshot& snapshot);

struct found_snapshot {
  std::optional<entity_snapshot> snapshot;
  bool damaged = false; // there is one, but it does not verify
};
// Runs `select`, prepared from select_snapshot.
result<found_snapshot> load_snapshot(sqlite::statement& select, const entity_key& entity);

} // namespace ropewalk::storage
