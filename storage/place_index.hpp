#pragma once
// Where an entry of a partition stands in the journal's file, for a member of a cluster: peers ask by index. An index on
// `entries` would cost most of the entries a second, so table `places` is sparse:
//
//   an entry has a place if its partition has none yet, or the last one is `interval` positions or more before it
//
// So what stands at no place follows the nearest place below it within the interval, and a look costs one short scan,
// however quiet a partition is. At most one entry in 256 has a place. FROZEN with schema 3: places are rows (partition, idx,
// position); `meta` has the row 'places' once all entries that need one have it.

#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

class place_index {
public:
  // Of a reader or of the writer. partitions: of the journal.
  status_result open(sqlite::connection& db, std::uint16_t partitions);

  // Entries of p with first <= index <= last, ascending, as far as they are there, until take returns false. The row has
  // ROPEWALK_ENTRY_COLUMNS; it is not checked.
  using take_row = std::function<result<bool>(const sqlite::statement& row)>;
  status_result walk(partition_id p, std::uint64_t first, std::uint64_t last, const take_row& take);

  // --- the writer alone, in its transaction ---
  result<bool> complete(); // false: fill() is due
  status_result fill();    // of a journal that was a single node's: reads all of it once
  status_result note(partition_id p, std::uint64_t idx, std::uint64_t position);
  status_result drop_beyond(partition_id p, std::uint64_t keep_upto);
  void forget(); // after a rollback

private:
  result<std::uint64_t> newest(std::uint16_t partition);
  struct stop_point {
    std::uint64_t idx = 0, position = 0;
  };
  result<stop_point> nearest(partition_id p, std::uint64_t idx);
  result<std::uint64_t> exact(partition_id p, std::uint64_t idx); // 0 = none

  // Where the last look of each partition ended: the next one is mostly just behind it. Stale after a cut, and harmless: what
  // has that index or a later one since then stands behind it.
  std::vector<stop_point> seen_;
  sqlite::connection* db_ = nullptr;
  std::uint64_t interval_ = 0;
  std::vector<std::int64_t> newest_; // position of each partition's last place; -1 = not looked up
  bool complete_ = false;
  sqlite::statement nearest_, exact_, scan_, put_, newest_of_, drop_, mark_, marked_;
};

} // namespace ropewalk::storage
