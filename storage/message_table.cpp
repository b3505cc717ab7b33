#include "storage/message_table.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/thread/message.hpp"
#include "runtime/uuid.hpp"
#include "storage/search_text.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::int64_t system_role = static_cast<std::int64_t>(thread::role::system);

std::span<const std::uint8_t> bytes_of(const std::string& s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

// Strings are bound without a copy where they have no escapes.
std::string_view text_of(json_view string, std::string& buffer) {
  if (const auto plain = string.plain_string()) return *plain;
  buffer = string.string();
  return buffer;
}

error bad_message(std::string_view what) {
  return {errc::corrupt, "corrupt_record", "a recorded message has no readable \"" + std::string(what) + "\"", std::string(what)};
}

struct message_columns {
  json_view id;
  thread::role author;
  instant time;
};

result<message_columns> read_columns(std::uint64_t seq, json_view message) {
  const auto id = message.find("id"), role_text = message.find("role"), created = message.find("created_at");
  if (!id || !id->is(json_type::string)) return bad_message("id");
  if (!role_text || !role_text->is(json_type::string)) return bad_message("role");
  if (!created || !created->is(json_type::string)) return bad_message("created_at");
  const auto its_seq = message.find("seq");
  if (!its_seq || its_seq->integer() != static_cast<std::int64_t>(seq)) return bad_message("seq");
  std::string buffer;
  const auto author = thread::parse_role(text_of(*role_text, buffer));
  if (!author) return bad_message("role");
  const auto time = parse_rfc3339(text_of(*created, buffer));
  if (!time) return bad_message("created_at");
  return message_columns{*id, *author, *time};
}

} // namespace

status_result message_table::open(sqlite::connection& db) {
  forget();
  db_ = &db;
  const struct { sqlite::statement& into; sqlite::named_sql sql; } all[] = {
      {insert_, {"insert_message", "INSERT INTO messages(position, thread, seq, version, superseded, role, sender, name, time, own_id, body)"
                                   " VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?8, ?9, ?10)"}},
      {next_rows_, {"rows_to_index", "SELECT m.position, m.thread, e.org, m.body FROM messages m JOIN entities e ON e.pk = m.thread"
                                     " WHERE m.position > ?1 AND m.position <= ?2 AND m.superseded IS NULL ORDER BY m.position"}},
      {get_indexed_, {"indexed_position", "SELECT value FROM view_state WHERE name = 'indexed'"}},
      {index_, {"index_message", "INSERT INTO message_text(rowid, scope, text) VALUES(?1, ?2, ?3)"}},
      {unindex_, {"unindex_message", "INSERT INTO message_text(message_text, rowid, scope, text) VALUES('delete', ?1, ?2, ?3)"}},
      // The first row found is ended, then the search goes on behind it: nothing is changed under an open read.
      {live_, {"next_live_message", "SELECT position, body, seq, EXISTS(SELECT 1 FROM pins p WHERE p.ancestor = m.thread"
                                    " AND p.seq >= m.seq AND p.version >= m.version)"
                                    " FROM messages m WHERE thread = ?1 AND seq >= ?2 AND seq < ?3 AND superseded IS NULL"
                                    " AND role <> ?4 ORDER BY seq LIMIT 1"}},
      {live_unpinned_, {"next_live_unpinned", "SELECT position, body, seq, 0 FROM messages WHERE thread = ?1 AND seq >= ?2"
                                              " AND seq < ?3 AND superseded IS NULL AND role <> ?4 ORDER BY seq LIMIT 1"}},
      {supersede_, {"supersede_message", "UPDATE messages SET superseded = ?2 WHERE position = ?1"}},
      {delete_, {"delete_message", "DELETE FROM messages WHERE position = ?1"}},
      {purge_, {"purge_messages", "DELETE FROM messages WHERE thread = ?1 AND superseded IS NOT NULL AND NOT EXISTS("
                                  "SELECT 1 FROM pins p WHERE p.ancestor = ?1 AND p.seq >= messages.seq"
                                  " AND p.version >= messages.version AND p.version < messages.superseded)"}},
      {add_sum_, {"add_to_org", "UPDATE orgs SET messages = messages + ?2, bytes = bytes + ?3 WHERE pk = ?1"}},
  };
  for (const auto& [into, sql] : all) {
    auto prepared = db.prepare(sql);
    if (!prepared) return prepared.error();
    into = *std::move(prepared);
  }
  return ok();
}

status_result message_table::check(std::uint64_t seq, const std::string& message_json) {
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return bad_message("message");
  const auto columns = read_columns(seq, doc->root());
  return columns ? ok() : status_result{columns.error()};
}

status_result message_table::insert(const message_owner& owner, std::uint64_t position, std::uint64_t version,
                                    std::uint64_t seq, const std::string& message_json) {
  const auto doc = json_document::parse(message_json, record_limits);
  if (!doc) return bad_message("message");
  const json_view message = doc->root();
  const auto known = read_columns(seq, message);
  if (!known) return known.error();

  insert_.bind(1, position);
  insert_.bind(2, owner.thread);
  insert_.bind(3, seq);
  insert_.bind(4, version);
  insert_.bind(5, static_cast<int>(known->author));
  const auto bind_text = [&](int at, const char* field, std::string& into) {
    if (const auto v = message.find(field); v && v->is(json_type::string)) insert_.bind(at, text_of(*v, into));
    else insert_.bind_null(at);
  };
  bind_text(6, "sender", sender_);
  bind_text(7, "name", name_);
  insert_.bind(8, known->time.us);
  std::string buffer;
  const auto id_text = text_of(known->id, buffer);
  if (seq_of_message_id(id_text) == seq) insert_.bind_null(9);
  else insert_.bind(9, id_text);
  insert_.bind(10, bytes_of(message_json));
  if (auto inserted = insert_.run(); !inserted) return inserted;

  auto& s = sums_[owner.org];
  ++s.messages;
  s.bytes += static_cast<std::int64_t>(message_json.size());
  return ok();
}

status_result message_table::end(const message_owner& owner, std::uint64_t from, std::uint64_t to,
                                 std::uint64_t version, bool keep_system) {
  const auto indexed_upto = indexed();
  if (!indexed_upto) return indexed_upto.error();
  scope_ = 't' + std::to_string(owner.thread);
  sqlite::statement& next = owner.pinned ? live_ : live_unpinned_;
  std::string body;
  while (from < to) {
    next.bind(1, owner.thread);
    next.bind(2, from);
    next.bind(3, to);
    next.bind(4, keep_system ? system_role : 0);
    auto row = next.step();
    if (!row) return row.error();
    if (!*row) break;
    const std::int64_t position = next.integer(0);
    const auto bytes = next.blob(1);
    body.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    from = next.natural(2) + 1;
    const bool keep = next.integer(3) != 0;
    next.reset();

    if (static_cast<std::uint64_t>(position) <= *indexed_upto) {
      if (auto unindexed = write_text(unindex_, position, owner.org, body); !unindexed) return unindexed;
    }
    auto& ending = keep ? supersede_ : delete_;
    ending.bind(1, position);
    if (keep) ending.bind(2, version);
    if (auto ended = ending.run(); !ended) return ended;
    auto& s = sums_[owner.org];
    --s.messages;
    s.bytes -= static_cast<std::int64_t>(body.size());
  }
  return ok();
}

status_result message_table::write_text(sqlite::statement& how, std::int64_t position, std::int64_t org, std::string_view body) {
  const auto doc = json_document::parse(body, record_limits);
  if (!doc) return error{errc::internal, "views_damaged", "a message's row cannot be read: " + doc.error().detail, {}};
  search_text(text_, org, doc->root());
  how.bind(1, position);
  how.bind(2, scope_);
  how.bind(3, text_);
  return how.run();
}

result<std::uint64_t> message_table::indexed() {
  if (indexed_) return *indexed_;
  auto row = get_indexed_.step();
  if (!row) return row.error();
  indexed_ = *row ? get_indexed_.natural(0) : 0;
  get_indexed_.reset();
  return *indexed_;
}

result<std::uint64_t> message_table::index(std::uint64_t after, std::uint64_t upto) {
  next_rows_.bind(1, after);
  next_rows_.bind(2, upto);
  std::uint64_t reached = upto;
  std::size_t rows = 0, bytes = 0;
  while (true) {
    auto row = next_rows_.step();
    if (!row) return row.error();
    if (!*row) break;
    const std::int64_t position = next_rows_.integer(0);
    const auto blob = next_rows_.blob(3);
    scope_ = 't' + std::to_string(next_rows_.integer(1));
    const std::string_view body{reinterpret_cast<const char*>(blob.data()), blob.size()};
    if (auto written = write_text(index_, position, next_rows_.integer(2), body); !written) {
      next_rows_.reset();
      return written.error();
    }
    bytes += body.size();
    if (++rows == index_rows || bytes > index_bytes) {
      reached = static_cast<std::uint64_t>(position);
      next_rows_.reset();
      break;
    }
  }
  indexed_ = reached;
  return reached;
}

status_result message_table::purge(std::int64_t thread) {
  purge_.bind(1, thread);
  return purge_.run();
}

status_result message_table::flush() {
  for (const auto& [org, s] : sums_) {
    add_sum_.bind(1, org);
    add_sum_.bind(2, s.messages);
    add_sum_.bind(3, s.bytes);
    if (auto added = add_sum_.run(); !added) return added;
  }
  sums_.clear();
  return ok();
}

} // namespace ropewalk::storage
