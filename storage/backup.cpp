#include "storage/backup.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/data_directory.hpp"
#include "storage/incarnation.hpp"
#include "storage/journal_schema.hpp"

namespace ropewalk::storage {

namespace fs = std::filesystem;

namespace {

error backup_file_error(const char* what, const fs::path& file, int reason) {
  return {errc::unavailable, "file", std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(reason),
          {}};
}

error damaged_backup(const std::string& what) {
  return {errc::corrupt, "backup_damaged", "the backup is damaged: " + what, {}};
}

copy_progress telling(const backup_progress& progress, const char* what) {
  if (!progress) return {};
  return [&progress, what](std::uint64_t done, std::uint64_t all) { return progress(what, done, all); };
}

// Gone with the object, unless it was kept.
class unfinished {
public:
  explicit unfinished(fs::path path) : path_(std::move(path)) {}
  ~unfinished() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  unfinished(const unfinished&) = delete;
  unfinished& operator=(const unfinished&) = delete;
  const fs::path& path() const noexcept { return path_; }
  void keep() noexcept { kept_ = true; }

private:
  fs::path path_;
  bool kept_ = false;
};

// All that can be known of a journal's file that nobody writes to.
result<chain_report> verified_copy(const fs::path& file, const keyring* keys, const backup_progress& progress) {
  if (auto sound = check_pages(file); !sound) return sound.error();
  auto reader = journal_reader::open(file);
  if (!reader) return reader.error();
  auto report = reader->verify_chain(telling(progress, "verifying"), keys);
  if (!report) return report;
  if (const auto& bad = report->first_bad)
    return error{errc::corrupt,
                 "journal_damaged",
                 "the journal does not verify: partition " + std::to_string(bad->partition.value) + ", index " +
                     std::to_string(bad->index) + ", position " + std::to_string(bad->position) + ": " + bad->why,
                 {}};
  return report;
}

std::uint64_t refused_in(const chain_report& r) { return r.bad_checkpoints + r.unknown_key_checkpoints; }

std::vector<backup_head> heads_of(const chain_report& r) {
  std::vector<backup_head> heads;
  for (const partition_head& h : r.heads) heads.push_back({h.index, h.hash});
  return heads;
}

result<backup_manifest> manifest_of(const fs::path& file, const chain_report& r, const backup_settings& settings) {
  auto opened = open_journal_to_read(file, {});
  if (!opened) return opened.error();
  const auto rows = opened->db.integer("SELECT count(*) FROM replication");
  const auto position = opened->db.integer("SELECT coalesce(max(position), 0) FROM entries");
  if (!rows || !position) return rows ? position.error() : rows.error();
  backup_manifest m;
  m.cluster = opened->meta.cluster;
  m.node = settings.node;
  m.created_at = settings.now;
  m.member = *rows > 0;
  m.position = static_cast<std::uint64_t>(*position);
  m.entries = r.entries;
  m.quarantined = r.quarantined;
  m.checkpoints = r.checkpoints;
  m.seals_checked = settings.keys != nullptr;
  m.refused_checkpoints = refused_in(r);
  m.heads = heads_of(r);
  auto facts = facts_of_file(file, telling(settings.progress, "hashing"));
  if (!facts) return facts.error();
  m.journal = *facts;
  return m;
}

status_result write_whole(const fs::path& file, const std::string& text) {
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (out < 0) return backup_file_error("create", file, errno);
  const bool written = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int failed = errno;
  ::close(out);
  if (!written) return backup_file_error("write", file, failed);
  return sync_path(file);
}

// Onto nothing: another one's directory of that name, even an empty one, stays.
status_result give_name(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST)
      return error{errc::conflict, "backup_exists", to.string() + " is there already, and is never overwritten", {}};
    if (errno != EINVAL && errno != ENOSYS) return backup_file_error("rename to", to, errno);
    if (::rename(from.c_str(), to.c_str()) != 0) return backup_file_error("rename to", to, errno);
  }
  return sync_path(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

constexpr const char* coming_journal = "journal.db.restoring";

// What a directory may hold that gets a journal: what a restore that did not come to its end left, keys, and the lock.
status_result make_room(const fs::path& data) {
  std::error_code failed;
  for (const fs::directory_entry& found : fs::directory_iterator(data, failed)) {
    const std::string name = found.path().filename();
    if (name == "lock" || name == "lost+found" || name.starts_with("keyring.json") || name == "incarnation" ||
        name.starts_with(coming_journal))
      continue;
    return error{errc::conflict, "not_empty",
                 data.string() + " is not empty: it holds " + name + "; move it aside, or give another directory",
                 "--data"};
  }
  if (failed) return backup_file_error("look into", data, failed.value());
  for (const std::string& left : {std::string(coming_journal), std::string(coming_journal) + "-wal",
                                  std::string(coming_journal) + "-shm", std::string(coming_journal) + "-journal",
                                  std::string("incarnation")}) {
    fs::remove(data / left, failed);
    if (failed) return backup_file_error("remove", data / left, failed.value());
  }
  return ok();
}

// Opens it as a node would, which brings an old one to this program's schema, and leaves no write-ahead log.
status_result settle_copy(const fs::path& file, const fs::path& data, const put_back_settings& settings) {
  {
    auto opened = journal::open(file);
    if (!opened) return opened.error();
    if (settings.all_members_lost)
      if (auto stands = stand_on_word(**opened, data, settings.now); !stands) return stands;
  }
  return fold_log(file);
}

} // namespace

result<backup_manifest> make_backup(const fs::path& journal_file, const fs::path& target,
                                    const backup_settings& settings) {
  const error exists{errc::conflict, "backup_exists", target.string() + " is there already, and is never overwritten",
                     {}};
  std::error_code failed;
  if (fs::symlink_status(target, failed).type() != fs::file_type::not_found) return exists;
  std::string beside = (target.has_filename() ? target : target.parent_path()).string() + ".unfinished-XXXXXX";
  if (::mkdtemp(beside.data()) == nullptr) return backup_file_error("create", beside, errno); // mode 0700
  unfinished made(beside);
  const fs::path copy = made.path() / backup_journal_file;
  if (auto copied = copy_journal(journal_file, copy, telling(settings.progress, "copying")); !copied)
    return copied.error();
  const auto report = verified_copy(copy, settings.keys, settings.progress);
  if (!report) return report.error();
  auto m = manifest_of(copy, *report, settings);
  if (!m) return m;
  if (auto written = write_whole(made.path() / backup_manifest_file, encode_manifest(*m)); !written)
    return written.error();
  if (auto synced = sync_path(made.path()); !synced) return synced.error();
  if (auto named = give_name(made.path(), target.has_filename() ? target : target.parent_path()); !named)
    return named.error();
  made.keep();
  return m;
}

result<backup_manifest> put_back(const fs::path& backup, const fs::path& data, const put_back_settings& settings) {
  auto m = read_manifest(backup);
  if (!m) return m;
  auto directory = data_directory::open(data);
  if (!directory) return directory.error();
  if (auto empty = make_room(data); !empty) return empty.error();
  unfinished coming(data / coming_journal);
  const auto facts =
      copy_file(backup / backup_journal_file, coming.path(), telling(settings.progress, "copying"));
  if (!facts) return facts.error();
  if (facts->bytes != m->journal.bytes || facts->sha256 != m->journal.sha256)
    return damaged_backup(std::string(backup_journal_file) + " is not the file that its manifest names: other bytes");
  const auto told = [](const error& why) { return why.code == errc::corrupt ? damaged_backup(why.detail) : why; };
  if (auto settled = settle_copy(coming.path(), data, settings); !settled) return told(settled.error());
  const auto report = verified_copy(coming.path(), settings.keys, settings.progress);
  if (!report) return told(report.error());
  if (heads_of(*report) != m->heads) return damaged_backup("its chains do not end where its manifest says");
  // The file is the one that was backed up, byte for byte: what its keyring refuses now (a key was revoked since, say), a node passes over.
  m->seals_checked = settings.keys != nullptr;
  m->refused_checkpoints = refused_in(*report);
  if (auto synced = sync_path(coming.path()); !synced) return synced.error();
  if (::rename(coming.path().c_str(), directory->journal_file().c_str()) != 0)
    return backup_file_error("rename to", directory->journal_file(), errno);
  coming.keep();
  if (auto synced = sync_path(data); !synced) return synced.error();
  return m;
}

} // namespace ropewalk::storage
