#pragma once
// Checkpoints as rows of the journal's file, written in the transaction of the entries they follow. FROZEN with
// schema 2:
//
//   checkpoints      one row a checkpoint, found by (kind, org, entity, version) or by (org, id). `position` is where
//                    the entry it follows stands in this file. What the other columns say is for lists: the sealed
//                    blob (storage/sealing/seal.hpp) says it again, signed, and a row that differs from it is refused.
//   checkpoint_pins  which checkpoints an entity of the same org needs though they are not its own: a branch the one
//                    it came from

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sealing/seal.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// Which checkpoints of the entity go. One goes if it is not among the newest `keep_newest` or is older than
// `older_than`; it stays nevertheless if it is pinned, in `keep`, or the newest one that verifies. Where none verifies,
// nothing goes.
struct checkpoint_prune {
  std::uint64_t keep_newest = 50;
  std::optional<instant> older_than;
  std::vector<std::string> keep; // ids
  std::shared_ptr<const keyring> keys;
};

// The rule for all entities, some at a time: those behind `after`, in the order of (kind, org, id).
struct checkpoint_sweep {
  std::optional<entity_key> after; // nullopt: from the first one on
  std::size_t entities = 32;       // at most
  checkpoint_prune rule;
};

// The entity of the submission needs, or does not need any more, a checkpoint of another entity of its org. One
// that is not there (any more) may be named; nothing comes of it.
struct checkpoint_pin {
  std::string checkpoint; // id
  bool held = true;
};

// What a submission does to checkpoints, in this order.
struct checkpoint_change {
  std::optional<pending_seal> put; // of the submission's entity at the version of its last event
  std::vector<checkpoint_pin> pins;
  std::optional<checkpoint_prune> prune;
};

struct checkpoint_info {
  seal_context about;
  std::uint64_t position = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0; // sealed, all included
};

#define ROPEWALK_CHECKPOINT_COLUMNS                                                                                    \
  "pk, kind, org, entity, version, id, parent, phase, reason, time_us, position, raw_bytes, length(sealed)"

inline constexpr sqlite::named_sql select_checkpoints_down = {
    "select_checkpoints_down", "SELECT " ROPEWALK_CHECKPOINT_COLUMNS ", sealed FROM checkpoints WHERE kind = ?1"
                               " AND org = ?2 AND entity = ?3 AND version <= ?4 ORDER BY version DESC"};

// Of a row of ROPEWALK_CHECKPOINT_COLUMNS.
checkpoint_info read_checkpoint(const sqlite::statement& row, const std::string& cluster);
std::string_view sealed_of(const sqlite::statement& row); // column `sealed` behind them

// The checkpoint of a row, if it is all that it must be (I8): its seal is genuine and of this row, and the entry it
// follows stands in the journal, whole and with the hash that was sealed. Else corrupt: an error of a seal, or
// "checkpoint_rolled_back". `select_entry` prepared from the SQL of that name.
result<opened_seal> open_checkpoint(const keyring& keys, const checkpoint_info& row, std::string_view sealed,
                                    sqlite::statement& select_entry, bool decompress = true);

// Whether an error of open_checkpoint is about the checkpoint, and not about the file or the disk.
bool refuses_checkpoint(const error& why);

// The journal's connection alone, inside its transaction.
class checkpoint_writes {
public:
  status_result open(sqlite::connection& db);
  // last: the entry that the checkpoint follows; null if the submission has none (then nothing is put).
  status_result apply(const std::string& cluster, const entity_key& entity, checkpoint_change& change,
                      const entry* last);

  // Where to go on; nullopt: that was the last one.
  result<std::optional<entity_key>> sweep(const std::string& cluster, const checkpoint_sweep& what);

private:
  status_result put(pending_seal pending, const entry& last);
  status_result pin(const entity_key& holder, const checkpoint_pin& p);
  // good: the version of one that is known to verify; 0 = look for it.
  status_result prune(const std::string& cluster, const entity_key& entity, const checkpoint_prune& rule,
                      std::uint64_t good);
  result<std::uint64_t> count(const entity_key& entity);
  result<std::optional<entity_key>> behind(const std::optional<entity_key>& entity);
  result<std::uint64_t> newest_good(const std::string& cluster, const entity_key& entity, const keyring& keys);

  sqlite::statement put_, pin_, unpin_, count_, oldest_, behind_, down_, remove_, entry_;
};

} // namespace ropewalk::storage
