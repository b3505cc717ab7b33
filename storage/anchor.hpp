#pragma once
// The partitions' heads as of one position: what saves an opening journal from folding the whole file.
//
// Row 1 of table `anchor`: position, heads, sha256. FROZEN with schema 1:
//   heads  = one after the other for partition 0, 1, ...: u64 index, u64 position, 32 bytes hash; little-endian
//   sha256 = SHA-256("ropewalk.anchor.1" u64(position) heads cluster-id)

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/result.hpp"
#include "storage/chain.hpp"
#include "storage/journal.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

inline constexpr sqlite::named_sql put_anchor = {
    "put_anchor", "INSERT INTO anchor (id, position, heads, sha256) VALUES (1, ?1, ?2, ?3)"
                  " ON CONFLICT (id) DO UPDATE SET position = ?1, heads = ?2, sha256 = ?3"};

// Runs `put`, prepared from put_anchor, with where the chain stands.
status_result store_anchor(sqlite::statement& put, const journal_meta& meta, std::uint64_t position,
                           const std::vector<partition_head>& heads);

struct anchor {
  std::uint64_t position = 0;
  std::vector<partition_head> heads;
};
// nullopt: none yet. One that does not verify: corrupt.
result<std::optional<anchor>> load_anchor(sqlite::connection& db, const journal_meta& meta);

// The chain of the whole file: the anchor, each of its heads compared with its row, and all entries after it.
result<chain> recover_chain(sqlite::connection& db, const journal_meta& meta);

} // namespace ropewalk::storage
