#pragma once
// The views' file: its tables, and whether a file that is there may be used.
//
//   view_state    applied position and the hash of that entry, indexed position, the last cut of the journal that is known, cluster, boot, whether it was closed cleanly
//   faults        entries that could not be projected
//   orgs, entities, entity_rows      of every kind: which entities there are, which entries are theirs
//   threads, thread_tags, messages   what threads show; messages keyed by the position of their entry
//   workflows, workflow_attributes, definitions   what workflow instances and definitions show
//   schedules     what schedules show; deleted ones have no row
//   forks, pins   which ended messages must stay readable for forks
//   message_text  full text over the messages, also those kept for forks (external content: holds no copy of the text)
//
// Everything follows from the journal, so there are no migrations: another version is built anew. The file
// runs without fsync. Killing the process cannot hurt it; a power cut can, in ways that no check finds
// cheaply, so it carries the machine's boot id: another boot without a clean close means a new file.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "runtime/entry.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

inline constexpr std::int64_t view_schema_version = 8;

struct view_origin {
  std::string cluster;       // the journal's
  std::uint64_t applied = 0; // position
  std::uint64_t indexed = 0; // position up to which full text has followed
  std::string applied_hash;  // hex, of the entry there; "" at 0
  std::uint64_t cut = 0;     // the journal's last cut that the rows know of
};

// Why the file cannot be used, or its connection, marked as in use.
struct opened_views {
  sqlite::connection db;
  view_origin origin;
  std::string unusable; // "" = fine
};

// boot_id: of this machine's run; see current_boot_id().
opened_views open_views(const std::filesystem::path& file, const std::string& cluster, const std::string& boot_id);
// Removes what is there and makes an empty file, applied position 0.
result<sqlite::connection> create_views(const std::filesystem::path& file, const std::string& cluster,
                                        const std::string& boot_id);
// Everything to the disk, then the mark that says so.
status_result close_cleanly(sqlite::connection& db);
// For readers: read only, with the functions that the index needs.
result<sqlite::connection> open_views_to_read(const std::filesystem::path& file);

std::string current_boot_id();

} // namespace ropewalk::storage
