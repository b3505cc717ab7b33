#pragma once
// A node's journal kept elsewhere, and put back.
//
//   auto made = make_backup(data / "journal.db", "/backup/2026-01-31", {.node = "n1", .now = now, .keys = &keys});
//   auto back = put_back("/backup/2026-01-31", "/var/lib/ropewalk", {.keys = &keys});
//
// A backup is a directory of two files, journal.db (journal_copy.hpp) and backup.json (backup_manifest.hpp). It is made beside its
// place, verified as it lies there (pages, whole chains, checkpoints' seals), synced, and only then gets its name, so that
// what has the name is whole. Views are not in it: a node makes them again. The keyring is not, for it is a secret.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "runtime/instant.hpp"
#include "runtime/result.hpp"
#include "storage/backup_manifest.hpp"
#include "storage/journal_reader.hpp"
#include "storage/sealing/keyring.hpp"

namespace ropewalk::storage {

// what: "copying", "verifying" or "hashing"; false ends with unavailable "interrupted".
using backup_progress = std::function<bool(const char* what, std::uint64_t done, std::uint64_t all)>;

struct backup_settings {
  std::string node{}; // for people
  instant now{};
  const keyring* keys = nullptr; // null: the checkpoints' seals are not checked
  backup_progress progress{};
};

// Of a journal whose node serves or not. Checkpoints that do not verify are counted and kept, as a node passes over them. target: must not exist; its parent must. Errors: conflict "backup_exists"; corrupt if what
// was copied does not verify: nothing is left then, or after any other error.
result<backup_manifest> make_backup(const std::filesystem::path& journal_file, const std::filesystem::path& target,
                                    const backup_settings& settings);

struct put_back_settings {
  instant now{};
  const keyring* keys = nullptr;
  // The operator's word that the disks of the cluster's other members are gone: the member counts at once, see
  // stand_on_word() in incarnation.hpp. Of a journal that was no member's: conflict "never_a_member".
  bool all_members_lost = false;
  backup_progress progress{};
};

// Makes the journal of `data`, in which no other one may be (conflict "not_empty"): it stands there whole or not at all. Whoever is a
// member of a cluster with it begins as one whose disk was put back. Errors: corrupt "backup_damaged" if the backup is not what its
// manifest says or does not verify.
result<backup_manifest> put_back(const std::filesystem::path& backup, const std::filesystem::path& data,
                                 const put_back_settings& settings);

} // namespace ropewalk::storage
