#pragma once
// Which live messages a page holds, from the thread's state alone.

#include <cstdint>
#include <vector>

#include "runtime/thread/message_set.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

struct live_page {
  std::vector<std::uint64_t> seqs; // ascending, whatever the direction of reading
  bool more = false;               // others follow in the direction of reading
};
live_page live_seqs(const thread::message_set& set, const page_query& what);

} // namespace ropewalk::storage
