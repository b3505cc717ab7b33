#include "storage/place_index.hpp"

#include <algorithm>
#include <limits>

#include "storage/entry_row.hpp"

namespace ropewalk::storage {

namespace {

constexpr std::uint64_t positions_per_partition = 256; // between two places of one partition, if all write alike
constexpr std::int64_t unknown_place = -1;

} // namespace

status_result place_index::open(sqlite::connection& db, std::uint16_t partitions) {
  db_ = &db;
  interval_ = positions_per_partition * partitions;
  newest_.assign(partitions, unknown_place);
  seen_.assign(partitions, {});
  return db.prepare_all({
      {nearest_,
       {"nearest_place",
        "SELECT idx, position FROM places WHERE partition = ?1 AND idx <= ?2 ORDER BY idx DESC LIMIT 1"}},
      {exact_, {"exact_place", "SELECT position FROM places WHERE partition = ?1 AND idx = ?2"}},
      {scan_,
       {"scan_from_place", "SELECT " ROPEWALK_ENTRY_COLUMNS " FROM entries WHERE position >= ?1 AND position < ?2"
                           " AND partition = ?3 AND idx >= ?4 ORDER BY position"}},
      {put_, {"put_place", "INSERT OR REPLACE INTO places (partition, idx, position) VALUES (?1, ?2, ?3)"}},
      {newest_of_, {"newest_place", "SELECT position FROM places WHERE partition = ?1 ORDER BY idx DESC LIMIT 1"}},
      {drop_, {"drop_places", "DELETE FROM places WHERE partition = ?1 AND idx > ?2"}},
      {mark_, {"mark_places", "INSERT OR REPLACE INTO meta (name, value) VALUES ('places', 1)"}},
      {marked_, {"marked_places", "SELECT 1 FROM meta WHERE name = 'places'"}},
  });
}

result<place_index::stop_point> place_index::nearest(partition_id p, std::uint64_t idx) {
  nearest_.bind(1, std::int64_t{p.value});
  nearest_.bind(2, idx);
  const auto row = nearest_.step();
  if (!row) return row.error();
  if (!*row) return stop_point{};
  const stop_point found{nearest_.natural(0), nearest_.natural(1)};
  nearest_.reset();
  return found;
}

result<std::uint64_t> place_index::exact(partition_id p, std::uint64_t idx) {
  exact_.bind(1, std::int64_t{p.value});
  exact_.bind(2, idx);
  const auto row = exact_.step();
  if (!row) return row.error();
  if (!*row) return std::uint64_t{0};
  const std::uint64_t found = exact_.natural(0);
  exact_.reset();
  return found;
}

// From place to place: what follows a window's last entry either has a place of its own, or is not there.
status_result place_index::walk(partition_id p, std::uint64_t first, std::uint64_t last, const take_row& take) {
  const auto all = complete();
  if (!all) return all.error();
  const auto begin = nearest(p, first);
  if (!begin) return begin.error();
  if (*all && begin->position == 0) return ok();
  std::uint64_t from = begin->position, end = from + interval_;
  stop_point& seen = seen_[p.value];
  if (seen.idx <= first && seen.position < end) from = std::max(from, seen.position);
  for (std::uint64_t next = first; next <= last;) {
    scan_.bind(1, from);
    scan_.bind(2, *all ? end : static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    scan_.bind(3, std::int64_t{p.value});
    scan_.bind(4, next);
    while (next <= last) {
      const auto row = scan_.step();
      if (!row) return row.error();
      if (!*row) break;
      if (scan_.natural(2) != next) {
        scan_.reset();
        return error{errc::corrupt,
                     "journal_damaged",
                     "partition " + std::to_string(p.value) + ": index " + std::to_string(next) +
                         " is not where it should be in the journal",
                     {}};
      }
      seen = {next, scan_.natural(0)};
      const auto on = take(scan_);
      if (!on || !*on) {
        scan_.reset();
        return on ? ok() : status_result{on.error()};
      }
      ++next;
    }
    scan_.reset();
    if (!*all || next > last) return ok();
    const auto further = exact(p, next);
    if (!further) return further.error();
    if (*further <= from) return ok();
    from = *further;
    end = from + interval_;
  }
  return ok();
}

result<bool> place_index::complete() {
  if (complete_) return true;
  const auto row = marked_.step();
  if (!row) return row.error();
  complete_ = *row;
  marked_.reset();
  return complete_;
}

result<std::uint64_t> place_index::newest(std::uint16_t partition) {
  std::int64_t& known = newest_[partition];
  if (known != unknown_place) return static_cast<std::uint64_t>(known);
  newest_of_.bind(1, std::int64_t{partition});
  const auto row = newest_of_.step();
  if (!row) return row.error();
  known = *row ? newest_of_.integer(0) : 0;
  newest_of_.reset();
  return static_cast<std::uint64_t>(known);
}

status_result place_index::note(partition_id p, std::uint64_t idx, std::uint64_t position) {
  const auto last = newest(p.value);
  if (!last) return last.error();
  if (*last != 0 && position - *last < interval_) return ok();
  put_.bind(1, std::int64_t{p.value});
  put_.bind(2, idx);
  put_.bind(3, position);
  auto stored = put_.run();
  if (stored) newest_[p.value] = static_cast<std::int64_t>(position);
  return stored;
}

status_result place_index::fill() {
  auto rows = db_->prepare({"entries_to_place", "SELECT position, partition, idx FROM entries ORDER BY position"});
  if (!rows) return rows.error();
  if (auto emptied = db_->execute("DELETE FROM places"); !emptied) return emptied;
  forget();
  while (true) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) break;
    const std::uint64_t partition = rows->natural(1);
    if (partition >= newest_.size())
      return error{
          errc::corrupt, "journal_damaged", "the journal has an entry of a partition that it does not have", {}};
    const partition_id p{static_cast<std::uint16_t>(partition)};
    if (auto stored = note(p, rows->natural(2), rows->natural(0)); !stored) return stored;
  }
  return mark_.run();
}

status_result place_index::drop_beyond(partition_id p, std::uint64_t keep_upto) {
  newest_[p.value] = unknown_place;
  drop_.bind(1, std::int64_t{p.value});
  drop_.bind(2, keep_upto);
  return drop_.run();
}

void place_index::forget() {
  newest_.assign(newest_.size(), unknown_place);
  seen_.assign(seen_.size(), {});
  complete_ = false;
}

} // namespace ropewalk::storage
