#pragma once
// What operators see of quarantine (quarantine.hpp): a read-only connection of its own, while the writer works.
//
//   auto reader = quarantine_reader::open(journal_file, options);
//   auto page = reader->list({.after = 0, .limit = 50});
//
// One thread at a time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/entry.hpp"
#include "runtime/result.hpp"
#include "storage/journal.hpp"
#include "storage/quarantine.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// The entry without its body, and how it came here.
struct quarantined_entry {
  std::uint64_t position = 0;
  partition_id partition;
  std::uint64_t index = 0, epoch = 0;
  entity_key entity;
  std::string type;
  std::uint64_t version = 0, body_bytes = 0;
  instant written_at;
  chain_cut cut;             // that moved it; cut.time: when
  std::string state, reason; // quarantine_state's text
  instant state_at;          // of the cut, while it is open
};

struct quarantine_query {
  std::uint64_t after = 0; // positions beyond this one
  std::size_t limit = 100;
  bool settled = false; // also what was discarded or offered
};

class quarantine_reader {
public:
  static result<quarantine_reader> open(const std::filesystem::path& file, const journal_options& options);

  // Ascending by position.
  result<std::vector<quarantined_entry>> list(const quarantine_query& q);
  struct whole_entry {
    quarantined_entry about;
    entry what;
  };
  // Checked: an entry whose hash is not right is corrupt, one that is not there not_found "not_in_quarantine".
  result<whole_entry> at(std::uint64_t position);
  result<std::uint64_t> open_count();

private:
  quarantine_reader() = default;
  sqlite::connection db_; // before its statements: they go first
  sqlite::statement list_, about_, entry_, open_count_;
};

} // namespace ropewalk::storage
