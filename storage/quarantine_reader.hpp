#pragma once
// What operators see of quarantine (quarantine.hpp): a read-only connection of its own, while the writer works.
//
//   auto reader = quarantine_reader::open(journal_file, options);
//   auto page = reader->list({.after = 0, .limit = 50});
//
// One thread at a time.

#include <cstdint>
#include <filesystem>
#include <optional>
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
  chain_cut cut;                     // that moved it; cut.time: when
  std::string state, reason;         // quarantine_state's text
  instant state_at;                  // of the cut, while it is open
  std::optional<ack_level> promised; // what its client asked for; none: others wrote it, or an earlier program did
  bool in_stream = false;            // it was known to be accepted in a stream; else it may have been
};

// How many entries are open, by what was promised of them.
struct quarantine_figures {
  std::uint64_t local = 0, log = 0, peers = 0, unknown = 0;
  std::uint64_t all() const noexcept { return local + log + peers + unknown; }
  std::uint64_t alarming() const noexcept { return log + peers + unknown; } // `local` may be lost with its owner
};
// A cut and how many entries it moved.
struct quarantine_cut {
  std::uint64_t id = 0, entries = 0, alarming = 0;
  chain_cut what;
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
  result<quarantine_figures> open_figures();
  // Cuts after that one, oldest first; at most limit.
  result<std::vector<quarantine_cut>> cuts_after(std::uint64_t id, std::size_t limit);
  result<std::uint64_t> newest_cut(); // 0: there was none

private:
  quarantine_reader() = default;
  sqlite::connection db_; // before its statements: they go first
  sqlite::statement list_, about_, entry_, figures_, cuts_, newest_;
};

} // namespace ropewalk::storage
