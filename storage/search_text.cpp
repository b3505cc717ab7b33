#include "storage/search_text.hpp"

#include <sqlite3.h>

#include "runtime/json_fields.hpp"
#include "runtime/thread/message_text.hpp"
#include "storage/search_score.hpp"
#include "storage/search_tokenizer.hpp"

namespace ropewalk::storage {

std::string search_header(std::int64_t org) { return '\x01' + std::to_string(org) + '\x02'; }

void search_text(std::string& out, std::int64_t org, json_view message) {
  out = search_header(org);
  out += thread::message_text(message);
}

std::string_view without_search_header(std::string_view text) noexcept {
  if (text.empty() || text.front() != '\x01') return text;
  const auto end = text.find('\x02');
  return end == std::string_view::npos ? text : text.substr(end + 1);
}

namespace {

// search_text(org, body): what the index's content view shows. A body that cannot be read has no text.
void search_text_function(sqlite3_context* context, int, sqlite3_value** values) {
  const auto org = sqlite3_value_int64(values[0]);
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[1]));
  const std::string_view body{bytes ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(values[1]))};
  std::string text;
  if (const auto doc = json_document::parse(body, record_limits)) search_text(text, org, doc->root());
  else text = search_header(org);
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

result<fts5_api*> api_of(sqlite3* db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* ask = nullptr;
  int code = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &ask, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_bind_pointer(ask, 1, &api, "fts5_api_ptr", nullptr);
    sqlite3_step(ask);
    code = sqlite3_finalize(ask);
  }
  if (code != SQLITE_OK) return sqlite::translate(db, code, "find FTS5");
  if (!api) return error{errc::unsupported, "no_fts5", "this SQLite was built without FTS5", {}};
  return api;
}

} // namespace

status_result register_search(sqlite::connection& db) {
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  const int code = sqlite3_create_function_v2(db.handle(), "search_text", 2, flags, nullptr, search_text_function,
                                              nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite::translate(db.handle(), code, "register search_text");
  auto api = api_of(db.handle());
  if (!api) return api.error();
  if (const int made = register_tokenizer(*api); made != SQLITE_OK)
    return sqlite::translate(db.handle(), made, "register the tokenizer");
  if (const int made = register_score(*api); made != SQLITE_OK)
    return sqlite::translate(db.handle(), made, "register the ranking");
  return ok();
}

} // namespace ropewalk::storage
