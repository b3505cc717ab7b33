#pragma once
// The journal's file: every entry of every partition this node owns, in the order they were committed.
//
//   entries    append-only, keyed by position (ascending, from 1), no other index. Gapless, but for entries that a member of a
//              cluster cut off its chain: each hole's entries are in quarantine
//   anchor     the partitions' heads as of a position, about every 1,024 entries; opening reads it and folds
//              the entries after it, so that a file of any size opens at once
//   snapshots  the newest state of an entity, see storage/snapshots.hpp
//   checkpoints, checkpoint_pins  sealed states, see storage/checkpoint_rows.hpp
//   replication, places, cuts, quarantine   of a member of a cluster alone: what it promised and accepted
//              (replication_rows.hpp), where an index stands (place_index.hpp), what was cut off (quarantine.hpp)
//   meta       cluster id, count of partitions, epoch, time of creation
//
// A file of an older schema is brought to this program's when it is opened.
// One connection, used by the journal writer's thread only once that runs. WAL with synchronous=FULL: a commit
// that returned is on the disk. The format of a row is storage/entry_row.hpp, its hash storage/entry_hash.hpp.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/replication/durable_state.hpp"
#include "runtime/result.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::storage {

struct quarantine_settlement;
struct relearning;

struct journal_options {
  std::uint16_t partitions = 16; // of a new journal; an old one keeps its own
  std::string vfs;               // "" = SQLite's default; also of the readers and the checkpointer
  // Id of a new journal ("" = a UUID of its own). One that is there with another id: conflict "other_cluster".
  std::string cluster{};
};

struct journal_meta {
  std::string cluster; // id, made with the journal: a UUID, or the cluster's
  std::uint16_t partitions = 0;
  std::uint64_t epoch = 0;
  instant created_at;
};

struct partition_head {
  std::uint64_t index = 0;    // 0 = no entry yet
  std::uint64_t position = 0; // of that entry
  digest hash{};              // the genesis hash while there is no entry
  friend bool operator==(const partition_head&, const partition_head&) = default;
};

class journal {
public:
  static constexpr std::uint64_t anchor_interval = 1024; // entries; what an open folds at most is a group more
  static constexpr std::uint16_t partitions_max = 1024;  // the anchor holds all heads in one row

  // Creates the file if it is missing. A newer schema: unsupported "newer_schema"; rows that do not verify
  // (only the anchor and the entries behind it are looked at): corrupt.
  static result<std::unique_ptr<journal>> open(const std::filesystem::path& file, const journal_options& options = {});
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  const std::filesystem::path& file() const noexcept;
  const journal_options& options() const noexcept;
  const journal_meta& meta() const noexcept;

  // As of the last committed group, or of the open group while one is open.
  const partition_head& head(partition_id partition) const;
  std::uint64_t last_position() const noexcept;
  receipt head_receipt(partition_id partition) const;

  // Whether any checkpoint is stored: without the keyring that sealed them they are worth nothing.
  result<bool> has_checkpoints();

  // --- one group of entries, all or none; for the writer ---

  // busy: another connection holds the write lock; nothing has happened.
  status_result begin_group();
  // Gives e its place (position, index, epoch, prev_hash, hash) and inserts it. The caller sets partition,
  // entity and event.
  status_result append(entry& e);
  // Replaces an older snapshot of the entity, keeps a newer one.
  status_result put_snapshot(const entity_key& entity, const entity_snapshot& snapshot);
  // last: the entry that the checkpoint follows, one of this group; null if there is none to put.
  status_result change_checkpoints(const entity_key& entity, checkpoint_change& change, const entry* last);
  result<std::optional<entity_key>> sweep_checkpoints(const checkpoint_sweep& what);
  status_result commit_group();
  // After an error of any of the above: heads are those of the last committed group again. An error here
  // means that it is unknown what the file holds: the journal must not be used any more.
  status_result abandon_group();

  // --- for a member of a cluster: a single node uses none of it ---

  // It has been one: what it holds may be accepted by others, or given up for what they have.
  result<bool> was_member();
  // Outside a group, before others: what the disk holds of one partition, tail included. Without a stored row: accepted is
  // the chain's head, in no stream. A state that does not verify, or that the chain does not hold: corrupt.
  result<replication::durable_state> load_replication(partition_id p);
  // In the open group. e has its place in the chain (index, epoch, prev_hash, hash) and gets its position. One that does not
  // follow the partition's head: corrupt "misplaced_entry"; it is not written.
  status_result append_placed(entry& e);
  // In the open group. Whether entries were moved to quarantine. What is accepted afterwards must be in the chain, or: corrupt.
  result<bool> apply_change(partition_id p, const replication::change& c);
  // In the open group: see quarantine::settle.
  status_result settle_quarantined(const quarantine_settlement& s);
  // A group of its own. Of all partitions: this disk may have forgotten what it promised (incarnation.hpp).
  status_result lose_standing(std::uint64_t incarnation);
  // A group of its own. Of all partitions: full standing, and a promise of `epoch` at least (incarnation.hpp).
  status_result stand(std::uint64_t incarnation, std::uint64_t epoch);
  // In the open group: see relearning in membership.hpp.
  result<bool> relearn(const relearning& what);
  // The highest that this journal had in any partition; 0 = none yet.
  result<std::uint64_t> incarnation();
  // A text in the journal's meta, "" = none; committed by itself.
  result<std::string> token();
  status_result put_token(const std::string& token);

  // Pages in the write-ahead log after the last commit.
  int wal_pages() const noexcept;
  // Copies what it can of the write-ahead log into the file; never waits.
  status_result checkpoint();

private:
  status_result alone(const std::function<status_result()>& write); // in a group of its own

  struct impl;
  explicit journal(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
