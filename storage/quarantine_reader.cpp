#include "storage/quarantine_reader.hpp"

#include <algorithm>

#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/journal_schema.hpp"

namespace ropewalk::storage {
namespace {

#define ROPEWALK_QUARANTINE_ROWS                                                                                       \
  "SELECT q.position, q.partition, q.idx, q.epoch, q.kind, q.org, q.entity, q.version, q.type, q.time_us,"             \
  " length(CAST(q.body AS BLOB)), q.state, q.reason, q.state_time_us, c.keep_upto, c.last_position, c.time_us,"        \
  " c.epoch, c.generation, c.accepted, q.promised FROM quarantine q JOIN cuts c ON c.id = q.cut WHERE "

quarantined_entry read_quarantined(const sqlite::statement& row) {
  quarantined_entry e;
  e.position = row.natural(0);
  e.partition.value = static_cast<std::uint16_t>(row.natural(1));
  e.index = row.natural(2);
  e.epoch = row.natural(3);
  e.entity.kind = static_cast<entity_kind>(row.integer(4));
  e.entity.org = row.text(5);
  e.entity.id = row.text(6);
  e.version = row.natural(7);
  e.type = row.text(8);
  e.written_at.us = row.integer(9);
  e.body_bytes = row.natural(10);
  e.state = row.text(11);
  e.reason = row.text(12);
  e.state_at.us = row.integer(13);
  e.cut = {e.partition,     row.natural(14), row.natural(15), instant{row.integer(16)},
           row.natural(17), row.natural(18), row.natural(19)};
  if (!row.is_null(20)) e.promised = static_cast<ack_level>(std::min<std::uint64_t>(row.natural(20), 2));
  e.in_stream = e.index <= e.cut.accepted;
  return e;
}

} // namespace

result<quarantine_reader> quarantine_reader::open(const std::filesystem::path& file, const journal_options& options) {
  auto opened = open_journal_to_read(file, options);
  if (!opened) return opened.error();
  quarantine_reader r;
  r.db_ = std::move(opened->db);
  if (auto ready = r.db_.prepare_all({
          {r.list_,
           {"list_quarantine",
            ROPEWALK_QUARANTINE_ROWS "q.position > ?1 AND (?2 OR q.state = 'open') ORDER BY q.position LIMIT ?3"}},
          {r.about_, {"about_quarantined", ROPEWALK_QUARANTINE_ROWS "q.position = ?1"}},
          {r.entry_, {"whole_quarantined", "SELECT " ROPEWALK_ENTRY_COLUMNS " FROM quarantine WHERE position = ?1"}},
          {r.figures_,
           {"open_quarantine",
            "SELECT coalesce(promised, -1), count(*) FROM quarantine WHERE state = 'open' GROUP BY 1"}},
          {r.cuts_,
           {"cuts_after",
            "SELECT id, partition, keep_upto, entries, last_position, time_us, epoch, generation, accepted,"
            " (SELECT count(*) FROM quarantine q WHERE q.cut = c.id AND q.promised IS NOT 0)"
            " FROM cuts c WHERE id > ?1 ORDER BY id LIMIT ?2"}},
          {r.newest_, {"newest_cut", "SELECT coalesce(max(id), 0) FROM cuts"}},
      });
      !ready)
    return ready.error();
  return r;
}

result<std::vector<quarantined_entry>> quarantine_reader::list(const quarantine_query& q) {
  list_.bind(1, q.after);
  list_.bind(2, q.settled ? 1 : 0);
  list_.bind(3, static_cast<std::uint64_t>(q.limit));
  std::vector<quarantined_entry> page;
  while (true) {
    const auto row = list_.step();
    if (!row) return row.error();
    if (!*row) return page;
    page.push_back(read_quarantined(list_));
  }
}

result<quarantine_reader::whole_entry> quarantine_reader::at(std::uint64_t position) {
  whole_entry whole;
  about_.bind(1, position);
  const auto row = about_.step();
  if (!row) return row.error();
  if (!*row) return not_in_quarantine(position);
  whole.about = read_quarantined(about_);
  about_.reset();
  entry_.bind(1, position);
  const auto again = entry_.step();
  if (!again) return again.error();
  if (!*again) return not_in_quarantine(position);
  auto read = read_entry(entry_, whole.what);
  entry_.reset();
  if (!read) return read.error();
  if (hash_of(whole.what) != whole.what.hash)
    return error{errc::corrupt,
                 "quarantine_damaged",
                 "the entry in quarantine at position " + std::to_string(position) +
                     " does not have the hash that it was written with",
                 {}};
  return whole;
}

result<quarantine_figures> quarantine_reader::open_figures() {
  quarantine_figures f;
  while (true) {
    const auto row = figures_.step();
    if (!row) return row.error();
    if (!*row) return f;
    const std::uint64_t count = figures_.natural(1);
    switch (figures_.integer(0)) {
    case 0: f.local = count; break;
    case 1: f.log = count; break;
    case 2: f.peers = count; break;
    default: f.unknown += count;
    }
  }
}

result<std::vector<quarantine_cut>> quarantine_reader::cuts_after(std::uint64_t id, std::size_t limit) {
  cuts_.bind(1, id);
  cuts_.bind(2, static_cast<std::uint64_t>(limit));
  std::vector<quarantine_cut> found;
  while (true) {
    const auto row = cuts_.step();
    if (!row) return row.error();
    if (!*row) return found;
    const auto partition = static_cast<std::uint16_t>(cuts_.natural(1));
    found.push_back({cuts_.natural(0),
                     cuts_.natural(3),
                     cuts_.natural(9),
                     {{partition},
                      cuts_.natural(2),
                      cuts_.natural(4),
                      instant{cuts_.integer(5)},
                      cuts_.natural(6),
                      cuts_.natural(7),
                      cuts_.natural(8)}});
  }
}

result<std::uint64_t> quarantine_reader::newest_cut() {
  const auto row = newest_.step();
  if (!row) return row.error();
  const std::uint64_t id = newest_.natural(0);
  newest_.reset();
  return id;
}

} // namespace ropewalk::storage
