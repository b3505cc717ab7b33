#pragma once
// What a backup says of itself: the file backup.json of its directory, written last.
//
//   {"format":"ropewalk.backup.1","cluster":"prod","node":"n1","created_at":"2026-01-31T09:05:00.000001Z","partitions":2,
//    "member":true,"position":71,"entries":71,"quarantined":0,"checkpoints":4,"seals_checked":true,"refused_checkpoints":0,
//    "heads":[{"partition":0,"index":40,"hash":"<64 hex>"},{"partition":1,"index":31,"hash":"<64 hex>"}],
//    "files":[{"name":"journal.db","bytes":90112,"sha256":"<64 hex>"}]}
//
// It proves nothing against who can write to the backup: what does is inside, each checkpoint's seal.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/journal_copy.hpp"

namespace ropewalk::storage {

inline constexpr const char* backup_manifest_file = "backup.json";
inline constexpr const char* backup_journal_file = "journal.db";

struct backup_head {
  std::uint64_t index = 0; // 0 = no entry yet
  digest hash{};
  friend bool operator==(const backup_head&, const backup_head&) = default;
};

struct backup_manifest {
  std::string cluster; // id of the journal
  std::string node;    // whose it was, for people; "" = not said
  instant created_at;
  bool member = false;        // of a cluster
  std::uint64_t position = 0; // of the last entry
  std::uint64_t entries = 0, quarantined = 0, checkpoints = 0;
  bool seals_checked = false; // of the checkpoints: the keyring was there
  std::uint64_t refused_checkpoints = 0; // whose seals did not verify then: a node passes over them
  std::vector<backup_head> heads; // of each partition
  file_facts journal;
};

std::string encode_manifest(const backup_manifest& m);
// corrupt "backup_damaged" for what is none; unsupported "newer_backup" for another format.
result<backup_manifest> decode_manifest(std::string_view text);
// Of a backup's directory: not_found "no_backup".
result<backup_manifest> read_manifest(const std::filesystem::path& backup);

} // namespace ropewalk::storage
