#pragma once
// What the views answer about threads. All on one read connection, inside the reader's transaction.
//
// A fork has no copies of what it inherited: a message's place is the live set of the thread's own state, its
// bytes come from the thread itself or else from the nearest ancestor that has a row of that seq as of the
// version at which it was forked.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/limits.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/state.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

struct stored_message {
  std::uint64_t seq = 0;
  std::string json; // as it was appended or last edited
};

struct page_query {
  std::optional<std::uint64_t> after_seq, before_seq; // exclusive
  std::uint64_t offset = 0;                           // live messages to pass over
  std::uint32_t limit = limits::page_default;
  bool reverse = false;                        // newest first
  std::size_t max_bytes = limits::reply_bytes; // of JSON; the first message is given whatever its size
};

struct message_page {
  std::vector<stored_message> messages; // in the order of reading
  bool more = false;                    // further messages follow in that direction
  std::uint64_t oldest_seq = 0, last_seq = 0; // of the thread, at the moment of the page
};

struct listed_thread {
  std::string json; // the wire's thread object
};
struct thread_page {
  std::vector<listed_thread> threads; // newest updated first
  std::optional<std::string> next_cursor;
};

struct thread_count {
  std::uint64_t threads = 0, messages = 0;
};

struct search_hit {
  std::string thread, thread_name, id, role, sender, name, created_at, snippet;
  std::uint64_t seq = 0;
  double score = 0; // higher is better; only comparable within one search
};
struct search_page {
  std::vector<search_hit> hits; // best first, then newest first
  std::optional<std::string> next_cursor;
};

class thread_queries {
public:
  static result<std::unique_ptr<thread_queries>> prepare(sqlite::connection& db);
  ~thread_queries();

  // As the views fold it; nullopt: absent or deleted.
  result<std::optional<thread::thread_state>> state(std::string_view org, std::string_view thread);
  // A thread that is absent or deleted: not_found "thread_not_found".
  result<message_page> page(std::string_view org, std::string_view thread, const page_query& what);
  // Those of the given seqs that are live, ascending.
  result<std::vector<stored_message>> messages_at(std::string_view org, std::string_view thread,
                                                  std::span<const std::uint64_t> seqs);
  // Live message; nullopt if there is none.
  result<std::optional<stored_message>> message(std::string_view org, std::string_view thread, std::uint64_t seq);
  result<std::optional<stored_message>> message(std::string_view org, std::string_view thread, std::string_view id);
  // Which of the ids live messages of the thread have, in the order given. An absent thread has none.
  result<std::vector<std::string>> existing_ids(std::string_view org, std::string_view thread,
                                                std::span<const std::string> ids);

  // limit and cursor as in the request; a cursor that is not ours: invalid, field "cursor".
  // A thread that changes between two pages moves to the front: it is never listed twice.
  result<thread_page> list(std::string_view org, const thread::list& what);
  result<thread_count> count(std::string_view org, const thread::filter& where);
  // Active and suspended threads of a user.
  result<std::uint64_t> threads_of_user(std::string_view org, std::string_view user);
  // Query syntax and its errors: storage/search_query.hpp. Finds each message once; with a thread asked for,
  // everything that thread shows, a fork's inherited messages too: see thread_search.hpp.
  result<search_page> search(std::string_view org, const thread::search& what);

private:
  thread_queries();
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ropewalk::storage
