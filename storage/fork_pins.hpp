#pragma once
// Which ended messages forks still need. A fork inherits from all its ancestors as they stood when it was made;
// `forked` on the parent pins their rows before the child exists, and only a failed fork or the child's
// end lets go of them.
//
//   forked on P (child C)    -> fork (P, version, C), not adopted; a pin on every ancestor of C
//   created C from P         -> adopted
//   fork_completed on P (C)  -> not pending any more, if C's word has not come yet
//   fork_failed on P (C)     -> its pending fork goes, with its pins
//   deleted C                -> forks adopted by C go, with their pins
//
// C is in another partition than P: on a member's disk what happens to it may come before `forked`. Then it is kept (early_forks) until
// that comes.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/result.hpp"
#include "runtime/thread/events.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

class fork_pins {
public:
  status_result open(sqlite::connection& db);

  // The ancestors that are pinned by it. One that the views do not know yet gets its row, of version 0.
  // lineage: of the child; it ends with the forker.
  result<std::vector<std::int64_t>> add(std::int64_t org, std::int64_t forker, const std::string& child,
                                        const std::vector<thread::ancestor>& lineage);
  // version: of the parent at the fork, as the child's lineage has it.
  status_result adopt(std::int64_t org, const std::string& child, const thread::ancestor& parent);
  status_result complete(std::int64_t org, std::int64_t forker, const std::string& child);
  // The ancestors that lost a pin.
  result<std::vector<std::int64_t>> fail(std::int64_t org, std::int64_t forker, const std::string& child);
  result<std::vector<std::int64_t>> release(std::int64_t org, const std::string& child);
  result<bool> pinned(std::int64_t thread);
  // All of one thread to one child, whatever came of them.
  status_result remove(std::int64_t org, std::int64_t forker, const std::string& child);
  // What a child's entries said before its parent's came.
  status_result forget_early(std::int64_t org, const std::string& child);

private:
  result<std::int64_t> thread_pk(std::int64_t org, const std::string& id); // 0 = unknown
  result<std::int64_t> find_or_make(std::int64_t org, const std::string& id);
  result<std::vector<std::int64_t>> drop(const std::vector<std::int64_t>& forks);

  sqlite::connection* db_ = nullptr;
  sqlite::statement find_, make_, add_fork_, add_pin_, adopt_, complete_, failed_, released_, ancestors_, drop_pins_,
      drop_fork_, any_, of_both_, add_early_, release_early_, find_early_, drop_early_, forget_early_;
};

} // namespace ropewalk::storage
