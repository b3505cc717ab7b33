#include "bench/sqlite_baseline.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <sqlite3.h>

#include "bench/child_process.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;

// A message of 300 bytes as JSON, next to two SHA-256 and the entity's key: about 450 bytes a row.
constexpr int body_bytes = 340;
constexpr int hash_bytes = 32;
constexpr char entity[] = "acme/thread/bench-000042";

constexpr const char* settings = "PRAGMA page_size = 8192;" // must stand before the first table
                                 "PRAGMA journal_mode = WAL;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA secure_delete = FAST;"
                                 "PRAGMA wal_autocheckpoint = 4000;"; // a backstop behind `checkpointer`

// A rowid table without any index: the row's number is its place in the file, so that it only grows at its
// end.
constexpr const char* schema =
    "CREATE TABLE entries (row INTEGER PRIMARY KEY, part INTEGER, idx INTEGER, epoch INTEGER,"
    " prev_hash BLOB, hash BLOB, entity TEXT, type INTEGER, body BLOB, time INTEGER);";

constexpr const char* insert_entry = "INSERT INTO entries (part, idx, epoch, prev_hash, hash, entity, type, body, time)"
                                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

constexpr std::chrono::milliseconds checkpoint_interval{50};
constexpr int busy_time_out_ms = 5'000;

class database {
public:
  explicit database(const std::filesystem::path& file) {
    check(sqlite3_open(file.c_str(), &handle_));
    sqlite3_busy_timeout(handle_, busy_time_out_ms);
  }
  ~database() { sqlite3_close(handle_); }
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  sqlite3* get() const noexcept { return handle_; }
  void execute(const char* sql) { check(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr)); }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE)
      throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(handle_));
  }

private:
  sqlite3* handle_ = nullptr;
};

class statement {
public:
  statement(database& db, const char* sql) : db_(db) {
    db_.check(sqlite3_prepare_v3(db.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle_, nullptr));
  }
  ~statement() { sqlite3_finalize(handle_); }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  sqlite3_stmt* get() const noexcept { return handle_; }
  void run() {
    db_.check(sqlite3_step(handle_));
    db_.check(sqlite3_reset(handle_));
  }

private:
  database& db_;
  sqlite3_stmt* handle_ = nullptr;
};

/// Moves the WAL into the database from a connection and thread of its own, little by little, so that no
/// commit has to.
class checkpointer {
public:
  explicit checkpointer(const std::filesystem::path& file) : db_(file), thread_([this] { run(); }) {}
  ~checkpointer() {
    {
      const std::scoped_lock lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;

private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!changed_.wait_for(lock, checkpoint_interval, [this] { return stopping_; }))
      // Busy is no failure of a passive checkpoint: it does what it can, and more next time.
      sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

  database db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

class journal_writer {
public:
  explicit journal_writer(database& db)
      : begin_(db, "BEGIN IMMEDIATE"), insert_(db, insert_entry), commit_(db, "COMMIT") {
    for (std::size_t i = 0; i < body_.size(); ++i) body_[i] = static_cast<char>('a' + i * 7 % 26);
  }

  void commit_group(std::size_t rows) {
    begin_.run();
    for (std::size_t i = 0; i < rows; ++i) insert_one();
    commit_.run();
  }

private:
  void insert_one() {
    auto* row = insert_.get();
    ++index_;
    sqlite3_bind_int64(row, 1, index_ % 16);
    sqlite3_bind_int64(row, 2, index_);
    sqlite3_bind_int64(row, 3, 1);
    sqlite3_bind_blob(row, 4, body_.data(), hash_bytes, SQLITE_STATIC);
    sqlite3_bind_blob(row, 5, body_.data() + hash_bytes, hash_bytes, SQLITE_STATIC);
    sqlite3_bind_text(row, 6, entity, sizeof entity - 1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 7, 2);
    sqlite3_bind_blob(row, 8, body_.data(), body_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(row, 9, 1'700'000'000'000'000 + index_);
    insert_.run();
  }

  statement begin_;
  statement insert_;
  statement commit_;
  std::string body_ = std::string(body_bytes, ' ');
  std::int64_t index_ = 0;
};

} // namespace

sqlite_result measure_sqlite(const std::filesystem::path& directory, std::size_t rows_per_commit,
                             std::chrono::milliseconds measured) {
  const scratch_directory scratch{directory};
  const auto file = scratch.path() / "journal.db";
  database db{file};
  db.execute(settings);
  db.execute(schema);
  const checkpointer background{file};
  journal_writer writer{db};

  for (const auto end = clock::now() + measured / 4; clock::now() < end;) writer.commit_group(rows_per_commit);

  latency_histogram latency;
  const auto started = clock::now();
  auto now = started;
  while (now < started + measured) {
    const auto before = now;
    writer.commit_group(rows_per_commit);
    now = clock::now();
    latency.record(now - before);
  }
  const std::chrono::duration<double> elapsed = now - started;
  const auto rate = static_cast<double>(latency.count()) / elapsed.count();
  return {.commits = {rate, latency.percentile(0.5), latency.percentile(0.99), latency.max()},
          .rows_a_second = rate * static_cast<double>(rows_per_commit)};
}

} // namespace ropewalk::bench
