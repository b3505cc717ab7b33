#pragma once
// Full-text search over what the threads of one org show. See thread_queries.hpp and search_query.hpp.
//
// A message that forks inherited is one row. With a thread asked for, its own rows and those of its ancestors are
// searched, and a hit is what the thread shows. Without one a message is found once: in the thread where it was
// written, or, if that shows it no more, in the first fork that does.
//
// Ranked are the newest 20,000 messages that fit; a page's cursor is "s1" and the offset in that ranking, at
// most 10,000, in 8 hex digits.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/message_reads.hpp"
#include "storage/statement_cache.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

class thread_search {
public:
  static constexpr std::size_t ranked_max = 20'000;
  static constexpr std::uint64_t offset_max = 10'000;
  static constexpr int patience_ms = 2'000; // a search that takes longer is refused: it asks for too much

  thread_search(sqlite::connection& db, message_reads& messages) : db_(db), messages_(messages), statements_(db) {}

  result<search_page> search(std::string_view org, const thread::search& what);

private:
  struct candidate {
    std::int64_t position = 0;
    double score = 0;
    std::int64_t thread = 0; // that shows it
  };
  struct found_row {
    candidate hit;                                      // thread: the one it was written in
    std::uint64_t seq = 0, version = 0, superseded = 0; // 0 = it has not ended
  };
  struct scope {
    std::int64_t org = 0;
    double messages = 0, mean_bytes = 0;
    std::optional<viewed_thread> thread; // that was asked for
    std::vector<std::int64_t> threads;   // it and its ancestors
    bool empty = false;                  // no such org or thread
  };
  // Threads decoded for one search.
  using seen_threads = std::map<std::string, std::optional<viewed_thread>>;

  result<scope> scope_of(std::string_view org, const thread::search& what);
  result<std::vector<candidate>> rank(const scope& where, const std::string& match, std::string_view org,
                                      const thread::search& what);
  // The thread in which the row is a hit; 0 = none.
  result<std::int64_t> shown_in(const scope& where, const found_row& row, std::string_view org,
                                const thread::search& what, seen_threads& seen);
  result<bool> shows(const viewed_thread& t, const found_row& row);
  result<std::vector<search_hit>> show(const std::string& match, const std::vector<candidate>& chosen, bool walks);
  status_result name_threads(const std::vector<candidate>& chosen, std::vector<search_hit>& hits);

  sqlite::connection& db_;
  message_reads& messages_;
  statement_cache statements_;
};

} // namespace ropewalk::storage
