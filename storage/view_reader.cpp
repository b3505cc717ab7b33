#include "storage/view_reader.hpp"

#include <sqlite3.h>

#include "storage/schedule_queries.hpp"
#include "storage/view_schema.hpp"
#include "storage/workflow_queries.hpp"

namespace ropewalk::storage {

view_reader::~view_reader() = default;

result<std::unique_ptr<view_reader>> view_reader::open(const std::filesystem::path& file) {
  auto db = open_views_to_read(file);
  if (!db) return db.error();
  std::unique_ptr<view_reader> reader(new view_reader);
  reader->db_ = *std::move(db);
  if (auto ready = reader->db_.prepare_all({
          {reader->begin_, {"begin_read", "BEGIN"}},
          {reader->end_, {"end_read", "COMMIT"}},
          {reader->applied_, {"applied_position", "SELECT value FROM view_state WHERE name = 'applied'"}},
          {reader->find_,
           {"find_entity", "SELECT e.pk, e.version FROM orgs o JOIN entities e ON e.org = o.pk"
                           " WHERE o.name = ?1 AND e.kind = ?2 AND e.id = ?3"}},
          {reader->rows_,
           {"entity_positions", "SELECT position FROM entity_rows WHERE entity = ?1 AND version > ?2"
                                " ORDER BY version LIMIT ?3"}},
          {reader->row_, {"entity_position", "SELECT position FROM entity_rows WHERE entity = ?1 AND version = ?2"}},
          // Two, since of one for both the index would serve the time alone: many have the same one.
          {reader->due_at_,
           {"due_at_entities",
            "SELECT o.name, e.kind, e.id, e.wake_at, e.pk FROM entities e JOIN orgs o ON o.pk = e.org"
            " WHERE e.wake_at = ?1 AND e.pk > ?2 ORDER BY e.pk LIMIT ?3"}},
          {reader->due_after_,
           {"due_entities", "SELECT o.name, e.kind, e.id, e.wake_at, e.pk FROM entities e JOIN orgs o ON o.pk = e.org"
                            " WHERE e.wake_at > ?1 AND e.wake_at <= ?2 ORDER BY e.wake_at, e.pk LIMIT ?3"}},
      });
      !ready)
    return ready.error();
  auto threads = thread_queries::prepare(reader->db_);
  if (!threads) return threads.error();
  reader->threads_ = *std::move(threads);
  reader->workflows_ = std::make_unique<workflow_queries>(reader->db_);
  reader->schedules_ = std::make_unique<schedule_queries>(reader->db_);
  return reader;
}

status_result view_reader::begin(std::chrono::steady_clock::time_point until, const std::atomic<bool>* ended) {
  until_ = until;
  ended_ = ended;
  sqlite3_progress_handler(
      db_.handle(), 10'000,
      [](void* self) {
        const auto& r = *static_cast<view_reader*>(self);
        return std::chrono::steady_clock::now() > r.until_ || (r.ended_ && r.ended_->load()) ? 1 : 0;
      },
      this);
  return begin_.run();
}

bool view_reader::end() {
  sqlite3_progress_handler(db_.handle(), 0, nullptr, nullptr);
  if (!db_.autocommit()) (void)end_.run();
  return sqlite3_txn_state(db_.handle(), nullptr) == SQLITE_TXN_NONE; // COMMIT leaves what a query still reads
}

result<std::uint64_t> view_reader::applied_position() {
  auto row = applied_.step();
  if (!row) return row.error();
  const std::uint64_t position = *row ? applied_.natural(0) : 0;
  applied_.reset();
  return position;
}

result<view_reader::found_entity> view_reader::find(const entity_key& who) {
  find_.bind(1, who.org);
  find_.bind(2, static_cast<int>(who.kind));
  find_.bind(3, who.id);
  auto row = find_.step();
  if (!row) return row.error();
  found_entity found;
  if (*row) found = {find_.integer(0), find_.natural(1)};
  find_.reset();
  return found;
}

result<std::vector<std::uint64_t>> view_reader::positions_after(const entity_key& who, std::uint64_t after_version,
                                                                std::size_t limit) {
  auto found = find(who);
  if (!found) return found.error();
  std::vector<std::uint64_t> positions;
  if (found->pk == 0) return positions;
  rows_.bind(1, found->pk);
  rows_.bind(2, after_version);
  rows_.bind(3, std::uint64_t{limit});
  while (true) {
    auto row = rows_.step();
    if (!row) return row.error();
    if (!*row) return positions;
    positions.push_back(rows_.natural(0));
  }
}

result<std::optional<std::uint64_t>> view_reader::position_of(const entity_key& who, std::uint64_t version) {
  auto found = find(who);
  if (!found) return found.error();
  row_.bind(1, found->pk);
  row_.bind(2, version);
  auto row = row_.step();
  if (!row) return row.error();
  std::optional<std::uint64_t> position;
  if (*row) position = row_.natural(0);
  row_.reset();
  return position;
}

result<std::uint64_t> view_reader::version_of(const entity_key& who) {
  auto found = find(who);
  if (!found) return found.error();
  return found->version;
}

result<std::vector<view_reader::due_entity>> view_reader::due(instant now, std::size_t limit, due_place after) {
  std::vector<due_entity> all;
  if (after.wake_at > now) return all;
  due_at_.bind(1, after.wake_at.us);
  due_at_.bind(2, after.row);
  due_at_.bind(3, std::uint64_t{limit});
  if (auto read = read_due(due_at_, all); !read) return read.error();
  if (all.size() == limit) return all;
  due_after_.bind(1, after.wake_at.us);
  due_after_.bind(2, now.us);
  due_after_.bind(3, std::uint64_t{limit - all.size()});
  if (auto read = read_due(due_after_, all); !read) return read.error();
  return all;
}

status_result view_reader::read_due(sqlite::statement& rows, std::vector<due_entity>& into) {
  while (true) {
    auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return ok();
    into.push_back({{std::string(rows.text(0)), static_cast<entity_kind>(rows.integer(1)), std::string(rows.text(2))},
                    instant{rows.integer(3)},
                    rows.integer(4)});
  }
}

} // namespace ropewalk::storage
