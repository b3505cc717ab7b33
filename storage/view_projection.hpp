#pragma once
// What one kind of entity shows in the views: rows that follow from its events alone (I11).
//
// The applier owns the file, the transaction and the generic rows (which entities there are, where their
// entries stand in the journal); a projection writes what is special to its kind.

#include <cstdint>
#include <optional>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// An entity as the views number it.
struct view_entity {
  std::int64_t pk = 0;
  std::int64_t org = 0;      // pk of its org
  std::uint64_t version = 0; // of the last entry applied
  std::optional<instant> wake_at;
  bool dirty = false; // the applier's own: has to be written at the end of the batch
};

class view_projection {
public:
  virtual ~view_projection() = default;
  virtual entity_kind kind() const noexcept = 0;
  // Prepares its statements on the applier's connection; called for each file that is opened.
  virtual status_result open(sqlite::connection& db) = 0;
  // One entry of its kind, in journal order, inside the batch's transaction; may set who.wake_at. corrupt: the
  // event makes no sense; it must not have written anything, the entry is set aside as a fault and the
  // batch goes on. Any other error ends the batch.
  virtual status_result apply(const entry& e, view_entity& who) = 0;
  // End of the batch: writes what was gathered.
  virtual status_result flush() = 0;
  // For a repair (view_repair.hpp): all rows of an entity go, as if it had no entries. Those that it has left are applied again in
  // the same transaction, then comes end_repair().
  virtual status_result remove(const entity_key& key, const view_entity& who) = 0;
  virtual status_result end_repair() { return ok(); }
  // Work that may come later than the rows, like full text: everything of positions in (after, upto], a bounded
  // part at a time, in a transaction of its own. Returns how far it got.
  virtual result<std::uint64_t> index(std::uint64_t after, std::uint64_t upto) {
    (void)after;
    return upto;
  }
  // The batch was rolled back, or the file is being closed: what is remembered is void.
  virtual void forget() = 0;
};

} // namespace ropewalk::storage
