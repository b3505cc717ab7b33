#pragma once
// Whether a thread is what its journal says, and what a signed snapshot of it said.
//
//   auto checked = verify_thread(views, journal, keys, {cluster, who, version}, &snapshot);
//   if (checked && checked->faults.empty()) ...

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/thread/snapshot.hpp"
#include "storage/journal_reader.hpp"
#include "storage/sealing/keyring.hpp"
#include "storage/view_reader.hpp"

namespace ropewalk::storage {

// kind: entry     the journal: an entry is missing, changed, or cannot come after the one before
//       message   the views show another message than the journal holds, or none
//       state     the views show another thread (name, tags, limits, which messages live) than the journal gives
//       snapshot  the snapshot is not genuine, of another thread, or tells another past than the journal
struct thread_fault {
  std::string kind;
  std::uint64_t version = 0; // 0 = of no version
  std::uint64_t seq = 0;     // 0 = of no message
  std::string detail;
};

struct thread_verification {
  static constexpr std::size_t faults_max = 100;
  std::uint64_t version = 0;  // up to which the entries verified
  std::uint64_t messages = 0; // live at that version
  std::vector<thread_fault> faults;
  std::uint64_t more_faults = 0; // that are not listed
};

struct verified_thread {
  std::string cluster;
  entity_key who;
  std::uint64_t version = 0; // that it has at least, as its owner knows
};

// snapshot: null = none is checked. Errors are of the files or of the budget (limit "thread_too_long"); what is wrong with
// the thread is a fault.
result<thread_verification> verify_thread(view_reader& views, journal_reader& journal, const keyring& keys,
                                          const verified_thread& what, const thread::thread_snapshot* snapshot);

// A signed statement about a thread as it is, once it has been verified: corrupt "thread_not_verified" if it is not what
// its journal says. not_found "thread_not_found" once it is deleted.
result<thread::thread_snapshot> snapshot_thread(view_reader& views, journal_reader& journal, const keyring& keys,
                                                const verified_thread& what, instant now);

} // namespace ropewalk::storage
