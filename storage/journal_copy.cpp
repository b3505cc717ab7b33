#include "storage/journal_copy.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/journal_schema.hpp"
#include "storage/sha256_stream.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

namespace {

constexpr int pages_a_step = 256; // 2 MiB: between two looks at whether to go on
constexpr std::size_t file_piece = 1 << 20;

error copy_error(const char* what, const std::filesystem::path& file) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return {errno == EEXIST ? errc::conflict : errc::unavailable,
          full ? "disk_full" : "file",
          std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno),
          {}};
}

const error copy_interrupted{errc::unavailable, "interrupted", "the copy was interrupted", {}};

class copied_file {
public:
  copied_file(const std::filesystem::path& path, int flags, unsigned mode = 0600)
      : handle_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~copied_file() {
    if (handle_ >= 0) ::close(handle_);
  }
  copied_file(const copied_file&) = delete;
  copied_file& operator=(const copied_file&) = delete;
  explicit operator bool() const noexcept { return handle_ >= 0; }
  int get() const noexcept { return handle_; }

private:
  int handle_;
};

bool write_all(int to, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(to, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

// to: null = read only.
result<file_facts> read_through(const std::filesystem::path& from, const std::filesystem::path* to,
                                const copy_progress& progress) {
  const copied_file in(from, O_RDONLY);
  struct stat about {};
  if (!in || ::fstat(in.get(), &about) != 0) return copy_error("read", from);
  const std::unique_ptr<copied_file> out = to ? std::make_unique<copied_file>(*to, O_WRONLY | O_CREAT | O_EXCL) : nullptr;
  if (out && !*out) return copy_error("create", *to);
  file_facts facts;
  sha256_stream hash;
  std::vector<char> piece(file_piece);
  while (true) {
    const ssize_t size = ::read(in.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return copy_error("read", from);
    if (size == 0) break;
    hash.add(piece.data(), static_cast<std::size_t>(size));
    facts.bytes += static_cast<std::uint64_t>(size);
    if (out && !write_all(out->get(), piece.data(), static_cast<std::size_t>(size))) return copy_error("write", *to);
    if (progress && !progress(facts.bytes, static_cast<std::uint64_t>(about.st_size))) return copy_interrupted;
  }
  if (out && ::fsync(out->get()) != 0) return copy_error("sync", *to);
  facts.sha256 = hash.finish();
  return facts;
}

struct end_backup {
  void operator()(sqlite3_backup* b) const noexcept { sqlite3_backup_finish(b); }
};

status_result copy_pages(sqlite::connection& from, sqlite::connection& to, const copy_progress& progress) {
  // SQLite begins a copy anew whenever somebody else wrote, unless it reads from a transaction that is open all the time.
  auto reading = sqlite::transaction::begin(from, sqlite::transaction::mode::read);
  if (!reading) return reading.error();
  if (auto seen = from.integer("SELECT count(*) FROM meta"); !seen) return seen.error();
  const auto page_size = from.integer("PRAGMA page_size");
  if (!page_size) return page_size.error();
  std::unique_ptr<sqlite3_backup, end_backup> copy(sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (!copy) return sqlite::translate(to.handle(), sqlite3_extended_errcode(to.handle()), "begin a copy");
  const auto bytes = static_cast<std::uint64_t>(*page_size);
  while (true) {
    const int code = sqlite3_backup_step(copy.get(), pages_a_step);
    if (code != SQLITE_OK && code != SQLITE_DONE) return sqlite::translate(nullptr, code, "copy the journal");
    const auto all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy.get())) * bytes;
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(copy.get())) * bytes;
    if (progress && !progress(all - left, all)) return copy_interrupted;
    if (code == SQLITE_DONE) break;
  }
  if (const int code = sqlite3_backup_finish(copy.release()); code != SQLITE_OK)
    return sqlite::translate(to.handle(), code, "end a copy");
  return ok();
}

} // namespace

status_result fold_log(const std::filesystem::path& file) {
  auto db = sqlite::connection::open(file, {.create = false, .vfs = {}});
  if (!db) return db.error();
  const auto mode = db->text("PRAGMA journal_mode = DELETE");
  if (!mode) return mode.error();
  if (*mode == "delete") return ok();
  return error{errc::busy, "database_locked", file.string() + " is in use by another process", {}};
}

status_result check_pages(const std::filesystem::path& file) {
  auto db = sqlite::connection::open(file, {.read_only = true, .vfs = {}});
  if (!db) return db.error();
  const auto found = db->text("PRAGMA quick_check(1)");
  if (!found) return found.error();
  if (*found == "ok") return ok();
  return error{errc::corrupt, "database_corrupt", "the pages of " + file.string() + " are damaged: " + *found, {}};
}

status_result copy_journal(const std::filesystem::path& from, const std::filesystem::path& to,
                           const copy_progress& progress, const std::string& vfs) {
  auto source = open_journal_to_read(from, {.vfs = vfs});
  if (!source) return source.error();
  { // made here, so that only its owner can read it: conversations are private
    const copied_file made(to, O_WRONLY | O_CREAT | O_EXCL);
    if (!made) return copy_error("create", to);
  }
  {
    auto target = sqlite::connection::open(to, {.create = false, .vfs = {}});
    if (!target) return target.error();
    for (const char* setting : {"PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF"}) // synced as a whole below
      if (auto set = target->execute(setting); !set) return set;
    if (auto copied = copy_pages(source->db, *target, progress); !copied) return copied;
  }
  if (auto folded = fold_log(to); !folded) return folded;
  {
    auto target = sqlite::connection::open(to, {.create = false, .vfs = {}});
    if (!target) return target.error();
    for (const char* step : {"PRAGMA secure_delete = ON", "DELETE FROM meta WHERE name = 'incarnation_token'"})
      if (auto made = target->execute(step); !made) return made;
  }
  return sync_path(to);
}

result<file_facts> facts_of_file(const std::filesystem::path& file, const copy_progress& progress) {
  return read_through(file, nullptr, progress);
}

result<file_facts> copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                             const copy_progress& progress) {
  return read_through(from, &to, progress);
}

status_result sync_path(const std::filesystem::path& file_or_directory) {
  const copied_file opened(file_or_directory.empty() ? "." : file_or_directory, O_RDONLY);
  if (opened && ::fsync(opened.get()) == 0) return ok();
  return copy_error("sync", file_or_directory);
}

} // namespace ropewalk::storage
