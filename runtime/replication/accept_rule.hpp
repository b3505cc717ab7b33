#pragma once
// Which records of a stream count: computed alike by every member from the records alone, in their order. So a deposed owner is
// fenced by what all compute, even where the server's own check fails (I3).
//
//   state      accepted        when                                            then
//   empty      GENESIS(e)      e is the stream's generation                    head = its entry
//   head h     DATA(e)         e is h's epoch, base is h                       head = its last entry
//   head h     OPEN(e)         e is above h's epoch, base is h                 head = its entry
//   head h     MEMBERS(e)      e is h's epoch, base is h                       head = its entry
//   head h     SEAL(e)         e is above h's epoch                            sealed
//   sealed     nothing
//
// Everything else is refused and skipped, and stays visible (I9).

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/replication/record.hpp"

namespace ropewalk::replication {

enum class verdict : std::uint8_t {
  accepted,
  after_seal,
  stale_epoch, // of an owner that is not the stream's any more
  not_next,    // another record took its place
  misplaced,   // a GENESIS that is not the first record, or a first one that is no GENESIS
  malformed,   // entries that do not chain, or not the count that its kind holds
};
std::string_view name(verdict v) noexcept;

// The fold of a stream up to some record.
struct stream_fold {
  std::uint64_t generation = 0;
  bool begun = false; // its GENESIS was accepted
  bool sealed = false;
  chain_point head; // once begun
};

using entry_hasher = digest (*)(const entry&);

// Moves the fold on if the record is accepted.
verdict follow(stream_fold& fold, const record& r, entry_hasher hash_of);

// The same without looking at the hashes themselves: of entries that this process placed.
bool linked(const chain_point& base, std::uint64_t epoch, const std::vector<entry_ptr>& entries);
// Whether entries go on from base: next index, chained, hashes right, all of this epoch.
bool chained(const chain_point& base, std::uint64_t epoch, const std::vector<entry_ptr>& entries, entry_hasher hash_of);

} // namespace ropewalk::replication
