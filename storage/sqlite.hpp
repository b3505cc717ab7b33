#pragma once
// SQLite as owned values: a connection, its prepared statements, a transaction. Errors are translated here,
// once, so that no caller knows an SQLite code.
//
//   auto db = sqlite::connection::open(file, {});
//   auto find = db->prepare({"find_thread", "SELECT version FROM threads WHERE id = ?1"});
//   find->bind(1, std::string_view{id});
//   result<bool> row = find->step();   // *row: there is a row; read it, then reset()
//
// A connection and its statements belong to one thread at a time. Statements must go before their connection.

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace ropewalk::storage::sqlite {

// One statement of a file's SQL, named so that an error tells which one failed.
struct named_sql {
  const char* name;
  const char* sql;
};

struct open_options {
  bool read_only = false;
  bool create = true;  // ignored if read_only
  std::string vfs;     // a registered VFS; "" = SQLite's default
  int busy_ms = 5'000; // how long a lock of another connection is waited for
};

// FULL -> unavailable "disk_full"; IOERR, CORRUPT, NOTADB -> corrupt; BUSY, LOCKED -> busy; CANTOPEN, READONLY,
// PERM, NOMEM -> unavailable; everything else is our bug: internal. An I/O error for want of space or quota
// counts as FULL, except one of fsync: what an fsync could not write must be taken for lost.
error translate(sqlite3* db, int code, std::string_view what);

class statement {
public:
  statement() = default;

  // Parameters count from 1. Texts and blobs are not copied: their bytes must stay until the next bind of
  // that parameter, clear() or the statement's end.
  void bind(int at, std::int64_t value) noexcept;
  void bind(int at, std::uint64_t value) noexcept { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, int value) noexcept { bind(at, static_cast<std::int64_t>(value)); }
  void bind(int at, double value) noexcept;
  void bind(int at, std::string_view text) noexcept;
  void bind(int at, const std::string& text) noexcept { bind(at, std::string_view{text}); }
  void bind(int at, const char* text) noexcept { bind(at, std::string_view{text}); }
  void bind(int at, std::span<const std::uint8_t> blob) noexcept;
  void bind_null(int at) noexcept;

  // true: at a row. false: at the end, and reset. After an error it is reset as well.
  result<bool> step();
  // For statements without rows.
  status_result run();
  // Ends the reading early, so that no read transaction stays open.
  void reset() noexcept;
  // reset(), and all parameters NULL.
  void clear() noexcept;

  // Columns count from 0 and are valid until the next step or reset.
  std::int64_t integer(int at) const noexcept;
  std::uint64_t natural(int at) const noexcept { return static_cast<std::uint64_t>(integer(at)); }
  double real(int at) const noexcept;
  std::string_view text(int at) const noexcept;
  std::span<const std::uint8_t> blob(int at) const noexcept;
  enum class type { integer, real, text, blob, null };
  type type_of(int at) const noexcept;
  bool is_null(int at) const noexcept { return type_of(at) == type::null; }

  sqlite3_stmt* handle() const noexcept { return handle_.get(); }

private:
  friend class connection;
  struct finalize {
    void operator()(sqlite3_stmt* s) const noexcept;
  };
  error failed(int code);

  std::unique_ptr<sqlite3_stmt, finalize> handle_;
  const char* name_ = "";
};

// Ends a reading with its scope, whatever way out of it is taken.
class reading {
public:
  explicit reading(statement& of) noexcept : of_(of) {}
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  ~reading() { of_.reset(); }

private:
  statement& of_;
};

class connection {
public:
  static result<connection> open(const std::filesystem::path& file, const open_options& options);
  connection() = default;

  result<statement> prepare(const named_sql& sql);
  // Each into its place, or the first error.
  struct prepared_as {
    statement& into;
    named_sql sql;
  };
  status_result prepare_all(std::initializer_list<prepared_as> all);
  // One or several statements without parameters; rows are dropped.
  status_result execute(const named_sql& sql);
  status_result execute(const char* sql) { return execute(named_sql{sql, sql}); }
  // First column of the first row; not_found without a row.
  result<std::int64_t> integer(const char* sql);
  result<std::string> text(const char* sql);

  // No transaction is open. After a failed COMMIT: SQLite has rolled back by itself.
  bool autocommit() const noexcept;
  std::int64_t changes() const noexcept;
  std::int64_t last_rowid() const noexcept;
  sqlite3* handle() const noexcept { return handle_.get(); }

private:
  struct close {
    void operator()(sqlite3* db) const noexcept;
  };
  std::unique_ptr<sqlite3, close> handle_;
};

// Rolled back at the end of its scope unless committed.
class transaction {
public:
  enum class mode { read, write }; // write takes the lock at once (BEGIN IMMEDIATE)
  static result<transaction> begin(connection& db, mode m = mode::write);
  transaction(transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  transaction& operator=(transaction&&) = delete;
  ~transaction();

  status_result commit();

private:
  explicit transaction(connection& db) : db_(&db) {}
  connection* db_;
};

} // namespace ropewalk::storage::sqlite
