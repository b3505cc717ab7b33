#pragma once
// The messages of one thread, wherever their bytes lie: its own rows, or those of its ancestors as of the
// forks. See thread_queries.hpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/thread/state.hpp"
#include "storage/sqlite.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

// A present thread as the views show it.
struct viewed_thread {
  std::int64_t pk = 0, org = 0;
  thread::thread_state state;
};

// unavailable "views_behind". On a member's disk the parent's partition may stand behind its fork's: what its rows show is older than the
// fork then.
error parent_behind(const std::string& parent);

class message_reads {
public:
  static result<std::unique_ptr<message_reads>> prepare(sqlite::connection& db);

  // nullopt: absent or deleted.
  result<std::optional<viewed_thread>> find(std::string_view org, std::string_view thread);
  result<message_page> page(const viewed_thread& t, const page_query& what);
  // Of live seqs, ascending; stops before max_bytes, but gives at least one. corrupt: one has no row.
  result<std::vector<stored_message>> read(const viewed_thread& t, const std::vector<std::uint64_t>& seqs,
                                           bool newest_first, std::size_t max_bytes);
  result<std::optional<stored_message>> by_id(const viewed_thread& t, std::string_view id);
  // Of the row that holds a live seq.
  result<std::uint64_t> position(const viewed_thread& t, std::uint64_t seq);
  // pk of a thread, present or not, that shows all that was inherited of it. unavailable "views_behind": not yet.
  result<std::int64_t> ancestor_pk(std::int64_t org, const thread::ancestor& a);

private:
  result<std::vector<std::uint64_t>> positions(const viewed_thread& t, const std::vector<std::uint64_t>& seqs);
  result<std::vector<std::uint64_t>> seqs_of_own_id(const viewed_thread& t, std::string_view id);

  sqlite::statement find_, ancestor_, own_up_, own_down_, own_places_, places_as_of_, body_, by_own_id_;
};

} // namespace ropewalk::storage
