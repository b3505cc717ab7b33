#pragma once
// Full-text search over the live messages of one org. See thread_queries.hpp and search_query.hpp.
//
// Ranked are the newest 20,000 messages that fit; a page's cursor is "s1" and the offset in that ranking, at
// most 10,000, in 8 hex digits.

#include "storage/statement_cache.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

class thread_search {
public:
  static constexpr std::size_t ranked_max = 20'000;
  static constexpr std::uint64_t offset_max = 10'000;
  static constexpr int patience_ms = 2'000; // a search that takes longer is refused: it asks for too much

  explicit thread_search(sqlite::connection& db) : db_(db), statements_(db) {}

  result<search_page> search(std::string_view org, const thread::search& what);

private:
  struct candidate {
    std::int64_t position = 0;
    double score = 0;
  };
  struct scope {
    std::int64_t org = 0, thread = 0; // 0 = none asked for
    double messages = 0, mean_bytes = 0;
    bool empty = false; // no such org or thread
  };
  result<scope> scope_of(std::string_view org, const thread::search& what);
  result<std::vector<candidate>> rank(const scope& where, const std::string& match, const thread::search& what);
  result<std::vector<search_hit>> show(const std::string& match, const std::vector<candidate>& chosen, bool walks);

  sqlite::connection& db_;
  statement_cache statements_;
};

} // namespace ropewalk::storage
