#include "storage/message_table.hpp"

#include "runtime/json_fields.hpp"
#include "runtime/thread/message.hpp"
#include "runtime/uuid.hpp"
#include "storage/search_text.hpp"

namespace ropewalk::storage {
namespace {

// Parts of the statements below. ?1 thread, [?2, ?3) seqs, ?4 a role to pass over, ?6 the version that ends them: forks of later ones
// may be known already, of whose parent only a part is here.
#define LIVE "WHERE thread = ?1 AND seq >= ?2 AND seq < ?3 AND superseded IS NULL AND role <> ?4"
#define PINNED                                                                                                         \
  "EXISTS(SELECT 1 FROM pins p WHERE p.ancestor = ?1 AND p.seq >= messages.seq AND p.version >= messages.version"      \
  " AND p.version < ?6)"
#define UNNEEDED                                                                                                       \
  "WHERE thread = ?1 AND superseded > 0 AND NOT EXISTS(SELECT 1 FROM pins p WHERE p.ancestor = ?1"                     \
  " AND p.seq >= messages.seq AND p.version >= messages.version AND p.version < messages.superseded)"

constexpr std::int64_t system_role = static_cast<std::int64_t>(thread::role::system);

std::span<const std::uint8_t> bytes_of(const std::string& s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

// Strings are bound without a copy where they have no escapes.
std::string_view unescaped(json_view string, std::string& buffer) {
  if (const auto plain = string.plain_string()) return *plain;
  buffer = string.string();
  return buffer;
}

error bad_message(std::string_view what) {
  return {errc::corrupt, "corrupt_record", "a recorded message has no readable \"" + std::string(what) + "\"",
          std::string(what)};
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
  const auto author = thread::parse_role(unescaped(*role_text, buffer));
  if (!author) return bad_message("role");
  const auto time = parse_rfc3339(unescaped(*created, buffer));
  if (!time) return bad_message("created_at");
  return message_columns{*id, *author, *time};
}

} // namespace

status_result message_table::open(sqlite::connection& db) {
  forget();
  return db.prepare_all({
      {insert_,
       {"insert_message",
        "INSERT INTO messages(position, thread, seq, version, superseded, role, sender, name, time, own_id, body)"
        " VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?6, ?7, ?8, ?9, ?10)"}},
      {next_rows_,
       {"rows_to_index", "SELECT m.position, m.thread, e.org, m.body FROM messages m JOIN entities e ON e.pk = m.thread"
                         " WHERE m.position > ?1 AND m.position <= ?2 ORDER BY m.position"}},
      {next_dead_,
       {"rows_to_unindex",
        "SELECT m.position, m.thread, e.org, m.body FROM messages m JOIN entities e ON e.pk = m.thread"
        " WHERE m.superseded = 0 LIMIT 1"}},
      {get_indexed_, {"indexed_position", "SELECT value FROM view_state WHERE name = 'indexed'"}},
      {index_, {"index_message", "INSERT INTO message_text(rowid, scope, text) VALUES(?1, ?2, ?3)"}},
      {unindex_,
       {"unindex_message", "INSERT INTO message_text(message_text, rowid, scope, text) VALUES('delete', ?1, ?2, ?3)"}},
      {live_sum_,
       {"sum_of_live", "SELECT count(*), sum(length(body)), min(position), max(position) FROM messages " LIVE}},
      {end_, {"end_messages", "UPDATE messages SET superseded = 0 " LIVE " AND position <= ?5"}},
      {end_pinned_,
       {"end_pinned_messages",
        "UPDATE messages SET superseded = iif(" PINNED ", ?6, 0) " LIVE " AND (position <= ?5 OR " PINNED ")"}},
      {delete_, {"delete_message", "DELETE FROM messages WHERE position = ?1"}},
      {delete_live_, {"delete_messages", "DELETE FROM messages " LIVE}},
      {purge_new_, {"purge_messages", "DELETE FROM messages " UNNEEDED " AND position > ?2"}},
      {purge_indexed_,
       {"purge_indexed_messages", "UPDATE messages SET superseded = 0 " UNNEEDED " AND position <= ?2"}},
      {of_thread_,
       {"rows_of_thread", "SELECT m.position, m.thread, e.org, m.body, m.superseded IS NULL FROM messages m"
                          " JOIN entities e ON e.pk = m.thread WHERE m.thread = ?1"}},
      {delete_thread_, {"delete_messages_of_thread", "DELETE FROM messages WHERE thread = ?1"}},
      {add_sum_, {"add_to_org", "UPDATE orgs SET messages = messages + ?2, bytes = bytes + ?3 WHERE pk = ?1"}},
  });
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
    if (const auto v = message.find(field); v && v->is(json_type::string)) insert_.bind(at, unescaped(*v, into));
    else insert_.bind_null(at);
  };
  bind_text(6, "sender", sender_);
  bind_text(7, "name", name_);
  insert_.bind(8, known->time.us);
  std::string buffer;
  const auto id_text = unescaped(known->id, buffer);
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
  if (from >= to) return ok();
  const auto indexed_upto = indexed();
  if (!indexed_upto) return indexed_upto.error();
  const auto bind_range = [&](sqlite::statement& how) {
    how.bind(1, owner.thread);
    how.bind(2, from);
    how.bind(3, to);
    how.bind(4, keep_system ? system_role : 0);
  };
  bind_range(live_sum_);
  if (auto row = live_sum_.step(); !row) return row.error();
  const std::int64_t messages = live_sum_.integer(0), bytes = live_sum_.integer(1);
  const std::uint64_t oldest = live_sum_.natural(2), newest = live_sum_.natural(3);
  live_sum_.reset();
  if (messages == 0) return ok();
  auto& s = sums_[owner.org];
  s.messages -= messages;
  s.bytes -= bytes;

  if (owner.pinned || oldest <= *indexed_upto) {
    sqlite::statement& how = owner.pinned ? end_pinned_ : end_;
    bind_range(how);
    how.bind(5, *indexed_upto);
    if (owner.pinned) how.bind(6, version);
    if (auto ended = how.run(); !ended) return ended;
  }
  if (newest <= *indexed_upto) return ok();
  bind_range(delete_live_);
  return delete_live_.run();
}

status_result message_table::write_text(sqlite::statement& how, const sqlite::statement& row, bounded& part) {
  const auto blob = row.blob(3);
  const std::string_view body{reinterpret_cast<const char*>(blob.data()), blob.size()};
  const auto doc = json_document::parse(body, record_limits);
  if (!doc) return error{errc::internal, "views_damaged", "a message's row cannot be read: " + doc.error().detail, {}};
  search_text(text_, row.integer(2), doc->root());
  scope_ = 't' + std::to_string(row.integer(1));
  how.bind(1, row.integer(0));
  how.bind(2, scope_);
  how.bind(3, text_);
  ++part.rows;
  part.bytes += body.size();
  return how.run();
}

result<std::uint64_t> message_table::indexed() {
  if (repairing_) return std::uint64_t{0};
  return indexed_in_file();
}

result<std::uint64_t> message_table::indexed_in_file() {
  if (indexed_) return *indexed_;
  auto row = get_indexed_.step();
  if (!row) return row.error();
  indexed_ = *row ? get_indexed_.natural(0) : 0;
  get_indexed_.reset();
  return *indexed_;
}

// Into the index with what is new, out of it with what has ended; a row that cannot be read breaks the file.
result<std::uint64_t> message_table::index(std::uint64_t after, std::uint64_t upto) {
  bounded part;
  if (auto done = unindex(part); !done) return done.error();
  if (part.full()) return after;
  next_rows_.bind(1, after);
  next_rows_.bind(2, upto);
  std::uint64_t reached = upto;
  while (true) {
    auto row = next_rows_.step();
    if (!row) return row.error();
    if (!*row) break;
    const auto written = write_text(index_, next_rows_, part);
    const std::uint64_t position = next_rows_.natural(0);
    if (!written || part.full()) next_rows_.reset();
    if (!written) return written.error();
    if (part.full()) {
      reached = position;
      break;
    }
  }
  indexed_ = reached;
  return reached;
}

status_result message_table::unindex(bounded& part) {
  while (!part.full()) {
    auto row = next_dead_.step();
    if (!row) return row.error();
    if (!*row) return ok();
    const auto written = write_text(unindex_, next_dead_, part);
    delete_.bind(1, next_dead_.integer(0));
    next_dead_.reset(); // nothing is changed under an open read
    if (!written) return written;
    if (auto deleted = delete_.run(); !deleted) return deleted;
  }
  return ok();
}

status_result message_table::purge(std::int64_t thread) {
  const auto indexed_upto = indexed();
  if (!indexed_upto) return indexed_upto.error();
  for (sqlite::statement* how : {&purge_new_, &purge_indexed_}) {
    how->bind(1, thread);
    how->bind(2, *indexed_upto);
    if (auto purged = how->run(); !purged) return purged;
  }
  return ok();
}

status_result message_table::remove(const message_owner& owner) {
  const auto upto = indexed_in_file();
  if (!upto) return upto.error();
  repairing_ = true;
  auto& s = sums_[owner.org];
  bounded part;
  of_thread_.bind(1, owner.thread);
  while (true) {
    const auto row = of_thread_.step();
    if (!row) return row.error();
    if (!*row) break;
    if (of_thread_.integer(4) != 0) {
      --s.messages;
      s.bytes -= static_cast<std::int64_t>(of_thread_.blob(3).size());
    }
    if (of_thread_.natural(0) > *upto) continue;
    if (auto written = write_text(unindex_, of_thread_, part); !written) {
      of_thread_.reset();
      return written;
    }
  }
  delete_thread_.bind(1, owner.thread);
  return delete_thread_.run();
}

status_result message_table::index_again(std::int64_t thread) {
  const auto upto = indexed_in_file();
  if (!upto) return upto.error();
  bounded part;
  of_thread_.bind(1, thread);
  while (true) {
    const auto row = of_thread_.step();
    if (!row) return row.error();
    if (!*row) return ok();
    if (of_thread_.natural(0) > *upto) continue;
    if (auto written = write_text(index_, of_thread_, part); !written) {
      of_thread_.reset();
      return written;
    }
  }
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
