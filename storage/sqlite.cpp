#include "storage/sqlite.hpp"

#include <cerrno>
#include <cstring>

#include <sqlite3.h>

#include "runtime/invariant.hpp"

namespace ropewalk::storage::sqlite {

namespace {

bool out_of_space(sqlite3* db, int code) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  if ((code & 0xff) != SQLITE_IOERR || code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) return false;
  const int reason = db ? sqlite3_system_errno(db) : 0;
  return reason == ENOSPC || reason == EDQUOT;
}

std::string describe(sqlite3* db, int code, std::string_view what) {
  std::string detail{what};
  detail += ": ";
  detail += db && sqlite3_extended_errcode(db) == code ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  detail += " (SQLite " + std::to_string(code);
  const int reason = db && (code & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(db) : 0;
  if (reason != 0) detail += std::string(", ") + std::strerror(reason);
  detail += ")";
  return detail;
}

} // namespace

error translate(sqlite3* db, int code, std::string_view what) {
  error e{errc::internal, "sqlite", describe(db, code, what), {}};
  if (out_of_space(db, code)) {
    e.code = errc::unavailable;
    e.type = "disk_full";
    return e;
  }
  switch (code & 0xff) {
  case SQLITE_IOERR:
    e.code = errc::corrupt;
    e.type = "disk_io_error";
    break;
  case SQLITE_CORRUPT:
    e.code = errc::corrupt;
    e.type = "database_corrupt";
    break;
  case SQLITE_NOTADB:
    e.code = errc::corrupt;
    e.type = "not_a_database";
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    e.code = errc::busy;
    e.type = "database_locked";
    break;
  case SQLITE_CANTOPEN:
    e.code = errc::unavailable;
    e.type = "cannot_open";
    break;
  case SQLITE_READONLY:
  case SQLITE_PERM:
    e.code = errc::unavailable;
    e.type = "read_only";
    break;
  case SQLITE_NOMEM:
    e.code = errc::unavailable;
    e.type = "out_of_memory";
    break;
  case SQLITE_INTERRUPT:
    e.code = errc::unavailable;
    e.type = "interrupted";
    e.detail = "what was to be read took longer than its time: ask for less, or try again";
    break;
  default: break;
  }
  return e;
}

// A failed bind leaves the parameter NULL or old; it can only fail by a wrong number or a text beyond 2 GiB,
// both our bugs.
void statement::bind(int at, std::int64_t value) noexcept {
  const int code = sqlite3_bind_int64(handle_.get(), at, value);
  INVARIANT(code == SQLITE_OK, name_, at, code);
}

void statement::bind(int at, double value) noexcept {
  const int code = sqlite3_bind_double(handle_.get(), at, value);
  INVARIANT(code == SQLITE_OK, name_, at, code);
}

void statement::bind(int at, std::string_view text) noexcept {
  // A null pointer would bind NULL instead of an empty text.
  const int code =
      sqlite3_bind_text64(handle_.get(), at, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
  INVARIANT(code == SQLITE_OK, name_, at, code);
}

void statement::bind(int at, std::span<const std::uint8_t> blob) noexcept {
  const void* bytes = blob.data() ? static_cast<const void*>(blob.data()) : "";
  const int code = sqlite3_bind_blob64(handle_.get(), at, bytes, blob.size(), SQLITE_STATIC);
  INVARIANT(code == SQLITE_OK, name_, at, code);
}

void statement::bind_null(int at) noexcept {
  const int code = sqlite3_bind_null(handle_.get(), at);
  INVARIANT(code == SQLITE_OK, name_, at, code);
}

error statement::failed(int code) {
  sqlite3* db = sqlite3_db_handle(handle_.get());
  error e = translate(db, code, name_);
  sqlite3_reset(handle_.get());
  return e;
}

result<bool> statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) return failed(code);
  sqlite3_reset(handle_.get());
  return false;
}

status_result statement::run() {
  const int code = sqlite3_step(handle_.get());
  if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
  sqlite3_reset(handle_.get());
  return ok();
}

void statement::reset() noexcept { sqlite3_reset(handle_.get()); }

void statement::clear() noexcept {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

std::int64_t statement::integer(int at) const noexcept { return sqlite3_column_int64(handle_.get(), at); }
double statement::real(int at) const noexcept { return sqlite3_column_double(handle_.get(), at); }

std::string_view statement::text(int at) const noexcept {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), at));
  return bytes ? std::string_view{bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), at))}
               : std::string_view{};
}

std::span<const std::uint8_t> statement::blob(int at) const noexcept {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), at));
  return bytes ? std::span{bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), at))}
               : std::span<const std::uint8_t>{};
}

statement::type statement::type_of(int at) const noexcept {
  switch (sqlite3_column_type(handle_.get(), at)) {
  case SQLITE_INTEGER: return type::integer;
  case SQLITE_FLOAT: return type::real;
  case SQLITE_TEXT: return type::text;
  case SQLITE_BLOB: return type::blob;
  default: return type::null;
  }
}

void statement::finalize::operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
void connection::close::operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }

result<connection> connection::open(const std::filesystem::path& file, const open_options& options) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (options.read_only) flags |= SQLITE_OPEN_READONLY;
  else flags |= SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  connection opened;
  opened.handle_.reset(db);
  if (code != SQLITE_OK) return translate(db, code, "open " + file.string());
  sqlite3_busy_timeout(db, options.busy_ms);
  return opened;
}

result<statement> connection::prepare(const named_sql& sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return translate(handle_.get(), code, sql.name);
  statement s;
  s.handle_.reset(prepared);
  s.name_ = sql.name;
  return s;
}

status_result connection::prepare_all(std::initializer_list<prepared_as> all) {
  for (const prepared_as& one : all) {
    auto prepared = prepare(one.sql);
    if (!prepared) return prepared.error();
    one.into = *std::move(prepared);
  }
  return ok();
}

status_result connection::execute(const named_sql& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return translate(handle_.get(), code, sql.name);
  return ok();
}

result<std::int64_t> connection::integer(const char* sql) {
  auto query = prepare({sql, sql});
  if (!query) return query.error();
  const auto row = query->step();
  if (!row) return row.error();
  if (!*row) return error{errc::not_found, {}, std::string("no row: ") + sql, {}};
  return query->integer(0);
}

result<std::string> connection::text(const char* sql) {
  auto query = prepare({sql, sql});
  if (!query) return query.error();
  const auto row = query->step();
  if (!row) return row.error();
  if (!*row) return error{errc::not_found, {}, std::string("no row: ") + sql, {}};
  return std::string{query->text(0)};
}

bool connection::autocommit() const noexcept { return sqlite3_get_autocommit(handle_.get()) != 0; }
std::int64_t connection::changes() const noexcept { return sqlite3_changes64(handle_.get()); }
std::int64_t connection::last_rowid() const noexcept { return sqlite3_last_insert_rowid(handle_.get()); }

result<transaction> transaction::begin(connection& db, mode m) {
  const auto begun = db.execute(m == mode::write ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return begun.error();
  return transaction{db};
}

transaction::~transaction() {
  // A failed rollback leaves nothing to do here: the next BEGIN on this connection reports it.
  if (db_ && !db_->autocommit()) (void)db_->execute("ROLLBACK");
}

status_result transaction::commit() {
  auto committed = db_->execute("COMMIT");
  if (committed) db_ = nullptr;
  return committed;
}

} // namespace ropewalk::storage::sqlite
