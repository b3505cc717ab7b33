#pragma once
// Whether this is still the disk that gave this member's promises.
//
// A member that was wiped, or whose journal was put back from a backup, may have forgotten what it promised and what it was said to
// hold. It must not count until it has learned from the others (runtime/replication/joining.cpp), under a higher incarnation. So a
// token stands in the journal and, outside of it, in the data directory's file `incarnation`; both change at every start:
//
//   journal   file              at start
//   t         t                 the same disk: goes on
//   t         t and u           the same disk, which went down while it changed its token: goes on
//   t         u, none, torn     another disk: all partitions lose their standing
//   none      whatever          new, or it went down while it lost its standing: the same
//
//   going on:  file = {t, u}; journal = u; file = {u}
//   losing:    journal: incarnation, no standing, no token (one transaction); file = {u}; journal = u
//
// What it cannot see: a copy of the whole directory, journal and file, put back; and a copy of the journal that was made since the
// last start. Such copies are not put back: a backup (backup.hpp) is, and has no token.
//
//   file = token LF [token LF]     token = 32 hex digits; mode 0600, replaced as a whole

#include <cstdint>
#include <filesystem>

#include "runtime/instant.hpp"
#include "runtime/result.hpp"

namespace ropewalk::storage {

class journal;

struct settled_incarnation {
  std::uint64_t incarnation = 0; // the highest of this disk's partitions
  bool kept = false;             // the same disk as before
};

// Of a member of a cluster alone, before it does anything else, outside a group. A new incarnation is `now` in microseconds since 1970, or one
// more than the highest that the journal knows. unavailable "incarnation_file": it cannot be written.
result<settled_incarnation> settle_incarnation(journal& j, const std::filesystem::path& directory, instant now);

// An operator's word, of a journal that was just put back: no other disk of its cluster is left, or none that counts. The member has
// full standing from its next start on, as a new incarnation, and has promised an epoch that no cluster came to by counting (the
// seconds since 1970), so that what it does now goes before whatever a disk may hold that turns up after all: that one's
// entries end in quarantine. It has none of the safety of joining.cpp: what was acknowledged since the backup is given up.
// conflict "never_a_member": the journal was not one of a member of a cluster.
status_result stand_on_word(journal& j, const std::filesystem::path& directory, instant now);

} // namespace ropewalk::storage
