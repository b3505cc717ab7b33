#pragma once
// A journal's file copied while its node writes: all of one moment, in pieces, with memory that does not grow.
//
// The copy is read from one read transaction, so writers go on; the write-ahead log cannot start anew meanwhile, and grows by what is
// written until the copy is done. The copy has no log of its own, and not the token that tells this disk from another one
// (incarnation.hpp): whoever starts from it is a disk that was put back.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"

namespace ropewalk::storage {

// done of all, in bytes; false ends with unavailable "interrupted".
using copy_progress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

// `to` must not exist; it is synced when this returns. After an error it may be there, and is worth nothing.
status_result copy_journal(const std::filesystem::path& from, const std::filesystem::path& to,
                           const copy_progress& progress = {}, const std::string& vfs = {});

// Everything into the file itself: no write-ahead log is needed to read it. For a file that nobody else has open.
status_result fold_log(const std::filesystem::path& file);
// SQLite's own check of the file's pages: corrupt "database_corrupt" with what it found first.
status_result check_pages(const std::filesystem::path& file);

struct file_facts {
  std::uint64_t bytes = 0;
  digest sha256{};
};
result<file_facts> facts_of_file(const std::filesystem::path& file, const copy_progress& progress = {});
// Byte for byte; `to` must not exist and is synced when this returns.
result<file_facts> copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                             const copy_progress& progress = {});
status_result sync_path(const std::filesystem::path& file_or_directory);

} // namespace ropewalk::storage
