#pragma once
// Entries that had their place in a partition's chain on this disk and lost it to others: an owner wrote them that was
// replaced before enough members held them. They leave table `entries`, which stays the one clean chain of each partition, and are
// kept with all their columns, so that nothing is gone in silence (I9). FROZEN with schema 3:
//
//   cuts        one row a cut, ids ascending: the partition goes on from keep_upto; how many entries left, the lowest position of
//               them; the journal's last position then (positions are never given twice); when; epoch and generation of the chain
//               that took the place (0 = not known yet: a part of it)
//   quarantine  one row an entry, at the position it had; cut; state 'open' (later 'discarded' or 'offered', with a
//               reason and the time of that)
//
// With schema 4: of an entry, what its client had asked for (promised, entry_row.hpp); of a cut, up to which index this disk knew
// entries to be accepted in a stream (0 of earlier cuts).
//
// An entry that did not verify any more when it was moved (relearning in membership.hpp) is marked as damaged, whatever becomes of it:
// its hash is not checked. What comes again by such an order is discarded here with that reason.
//
// What was folded from such entries goes in the same transaction: snapshots and checkpoints of later versions than remain, pins on
// such checkpoints, and pins of holders that are not there any more.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

struct chain_cut {
  partition_id partition;
  std::uint64_t keep_upto = 0;
  std::uint64_t last_position = 0; // of the journal
  instant time;
  std::uint64_t epoch = 0, generation = 0;
  std::uint64_t accepted = 0; // the disk knew entries up to this index to be in a stream
};

// The last cut of a journal: id 0 if there was none, and then last_position 0.
struct last_cut {
  std::uint64_t id = 0, last_position = 0;
};
inline constexpr sqlite::named_sql select_last_cut = {"last_cut",
                                                      "SELECT id, last_position FROM cuts ORDER BY id DESC LIMIT 1"};

// Of the whole file, given to an entry of whatever fate; 0 = none yet.
inline constexpr sqlite::named_sql select_last_position = {
    "last_position", "SELECT max(coalesce((SELECT max(position) FROM entries), 0),"
                     " coalesce((SELECT last_position FROM cuts ORDER BY id DESC LIMIT 1), 0))"};

// What became of an entry. Texts as they are stored, FROZEN.
enum class quarantine_state : std::uint8_t { open, discarded, offered };
std::string_view name(quarantine_state s) noexcept;

// Somebody looked at an entry and decided.
struct quarantine_settlement {
  std::uint64_t position = 0;
  quarantine_state state = quarantine_state::discarded; // not open
  std::string reason;
  instant time;
};
error not_in_quarantine(std::uint64_t position);

// The journal's connection alone, inside its transaction.
class quarantine {
public:
  status_result open(sqlite::connection& db);
  // Moves the entries at these positions.
  status_result take(const chain_cut& cut, const std::vector<std::uint64_t>& positions);
  // Those of them whose bytes were damaged before they were moved: not to be taken for damage of what is kept here.
  status_result mark_damaged(const std::vector<std::uint64_t>& positions);
  // Which partitions were ordered to learn again what is open here: after such an order.
  status_result look_for_orders();
  // The chain has this entry: if it is here by such an order, it was not lost.
  status_result learned(const entry& e, instant now);
  // An open entry is open no more. Errors: not_found "not_in_quarantine", conflict "already_settled".
  status_result settle(const quarantine_settlement& s);

private:
  sqlite::connection* db_ = nullptr;
  sqlite::statement put_cut_, copy_, remove_, entities_, drop_snapshot_, drop_pins_on_, drop_checkpoints_, drop_held_,
      settle_, state_, damaged_, ordered_, learned_;
  std::map<std::uint16_t, std::uint64_t> learning_; // by partition: up to which index
};

} // namespace ropewalk::storage
