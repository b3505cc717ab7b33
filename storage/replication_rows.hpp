#pragma once
// What a member of a cluster keeps of one partition beside its chain: table `replication`, a row a partition, written whole. FROZEN
// with schema 3, its last column with schema 5:
//
//   incarnation, standing       of this disk; standing 1 = full
//   promised_epoch, promised_to
//   incarnations                of all members that are known: a line each, "<number> <name>\n", by name
//   generation, sequence, record, sealed   position in the stream; record: digest of the one there
//   accepted_epoch, accepted_index, accepted_hash
//   sha256 = SHA-256("ropewalk.replication.1" u16(partition) u64(incarnation) u8(standing) u64(promised_epoch)
//            text(promised_to) text(incarnations) u64(generation) u64(sequence) record u8(sealed) u64(accepted_epoch)
//            u64(accepted_index) accepted_hash text(cluster id) [text(members)])     text, numbers: as in entry_hash.hpp
//   members (schema 5)          the newest configurations of the chain, a line each, "<index> <version> <body of its entry>\n"
//                               (replication/configuration.hpp); "" = none, and then not in the seal either
//
// A member that forgets a promise can lose what others were told is safe: a row that does not verify is corrupt.

#include <optional>
#include <string>

#include "runtime/replication/durable_state.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

class replication_rows {
public:
  status_result open(sqlite::connection& db, std::string cluster);
  // Without the tail. nullopt: there is no row.
  result<std::optional<replication::durable_state>> load(partition_id p);
  status_result store(partition_id p, const replication::durable_state& s);
  result<std::uint64_t> highest_incarnation();
  result<bool> took_part(); // in any partition: it promised, or has a place in a stream

private:
  std::string cluster_;
  sqlite::statement load_, store_, highest_, took_part_;
};

} // namespace ropewalk::storage
