#pragma once
// Reads a journal while its writer works, or while no node runs: an own read-only connection, no long
// transactions, nothing handed out that does not verify (I8).
//
//   auto reader = journal_reader::open(file);
//   auto seen = reader->read_after(applied, 4096, 4 << 20, [&](entry&& e) { fold(e); });
//   applied = seen->last_position;
//
// One thread at a time.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/journal.hpp"
#include "storage/journal_writer.hpp"

namespace ropewalk::storage {

struct read_progress {
  std::uint64_t entries = 0;
  // Nothing more will come up to here: of the last entry handed out or, at the end, of a later one that was cut off; the
  // position asked for if there was none.
  std::uint64_t last_position = 0;
  std::uint64_t last_cut = 0; // id of the last one that the file had when it was read (quarantine.hpp)
};

// An entity that lost entries to quarantine: from this version on.
struct cut_entity {
  entity_key who;
  std::uint64_t first_version = 0;
};
struct cut_news {
  std::uint64_t last_cut = 0; // id of the last one; 0 = none ever
  std::vector<cut_entity> entities;
};

struct chain_fault {
  partition_id partition;
  std::uint64_t index = 0;
  std::uint64_t position = 0;
  std::string why;
};

struct checkpoint_fault {
  entity_key entity;
  std::uint64_t version = 0;
  std::string id;
  error why; // type: what was wrong, see storage/sealing/seal.hpp and checkpoint_rows.hpp
};

struct chain_report {
  std::uint64_t entries = 0; // that verified
  std::uint64_t entities = 0;
  std::vector<partition_head> heads; // a partition's head by its number, as the entries say
  std::uint64_t quarantined = 0;     // entries that were cut off and are kept
  std::uint64_t damaged_quarantined = 0; // of these, that did not verify any more when they were cut off
  std::uint64_t snapshots = 0;
  std::uint64_t bad_snapshots = 0; // harmless: they are passed over and replaced
  std::uint64_t checkpoints = 0;   // without a keyring they are counted alone
  std::uint64_t good_checkpoints = 0;
  std::uint64_t bad_checkpoints = 0;                 // changed, forged, of another place or time, or of a revoked key
  std::uint64_t unknown_key_checkpoints = 0;         // sealed with a key that the keyring does not have
  std::vector<checkpoint_fault> refused_checkpoints; // the first 16, bad ones and of unknown keys, as they were written
  std::optional<chain_fault> first_bad;
};

// How an entry stands in the chain of its partition. unknown: no neighbour is there, near in the file. cut: another one has
// taken its place since it was read.
enum class link_state { fits, broken, cut, unknown };

class journal_reader {
public:
  static result<journal_reader> open(const std::filesystem::path& file, const journal_options& options = {});
  journal_reader(journal_reader&&) noexcept;
  journal_reader& operator=(journal_reader&&) noexcept;
  ~journal_reader();

  const journal_meta& meta() const noexcept;
  // Of the last committed entry, also of one that was cut off since; 0 = none.
  result<std::uint64_t> last_position();

  // Entries with position > after, ascending, until max_entries or max_bytes (of bodies, at least one entry).
  // Each entry's own hash is checked; one that is wrong ends with corrupt, after the good ones before it.
  result<read_progress> read_after(std::uint64_t after, std::size_t max_entries, std::size_t max_bytes,
                                   const std::function<void(entry&&)>& take);
  // The entries at these positions, in that order, each checked. One that was cut off: unavailable "entry_cut" (views that name it
  // are about to be repaired). One that is missing: corrupt.
  result<std::vector<entry>> read_at(std::span<const std::uint64_t> positions);
  // Whether the entries of its partition before and behind it lead to it, by their hashes. Of one that verifies by itself.
  result<link_state> links_of(const entry& e);

  // Whose entries the cuts after this one took away, of positions up to `upto`.
  result<cut_news> cut_since(std::uint64_t cut, std::uint64_t upto);
  // These entries of one entity, as they were, each checked; without those that were damaged before they were cut off.
  result<std::vector<entry>> cut_entries(std::uint64_t cut, std::uint64_t upto, const entity_key& who);
  result<std::uint64_t> last_cut();
  // Of the entry that has this position, or had it before it was cut off. None at all: corrupt.
  result<digest> hash_at(std::uint64_t position);

  // One that does not verify counts as none, so that loading folds from the start; see bad_snapshots().
  result<std::optional<entity_snapshot>> snapshot(const entity_key& entity);
  // Snapshots passed over by all readers of this process.
  static std::uint64_t bad_snapshots() noexcept;

  // All chains of the file as of now: positions gapless but for what is in quarantine, indices gapless, hashes chained from
  // genesis, epochs that do not fall, versions gapless per entity, the anchor true, what is in quarantine whole. progress(done, all) is called now and then; false from it ends with
  // unavailable "interrupted". With keys, all checkpoints as well: their seals, and that they follow these chains.
  // The error side is for a file that cannot be read at all.
  result<chain_report> verify_chain(const std::function<bool(std::uint64_t, std::uint64_t)>& progress = {},
                                    const keyring* keys = nullptr);

private:
  struct impl;
  explicit journal_reader(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
