#pragma once
// Lists and counts of threads. See thread_queries.hpp.
//
// A cursor is "l1" and two numbers of 16 hex digits: updated_at and row of the last thread given.

#include "storage/statement_cache.hpp"
#include "storage/thread_queries.hpp"

namespace ropewalk::storage {

class thread_lists {
public:
  explicit thread_lists(sqlite::connection& db) : statements_(db) {}

  result<thread_page> list(std::string_view org, const thread::list& what);
  result<thread_count> count(std::string_view org, const thread::filter& where);
  result<std::uint64_t> of_user(std::string_view org, std::string_view user);

private:
  statement_cache statements_;
};

} // namespace ropewalk::storage
