#pragma once
// The messages' rows and their full text, which follows later: it costs three times what the rows cost, and a
// message that is gone before its turn comes costs nothing. A message that ends (edited, removed, trimmed, cleared) is deleted,
// unless a fork was made while it lived: then it stays, marked with the version at which it ended.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "runtime/result.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// The thread a row belongs to.
struct message_owner {
  std::int64_t thread = 0, org = 0;
  bool pinned = false; // a fork may need its ended rows
};

class message_table {
public:
  status_result open(sqlite::connection& db);

  // The same judgement as insert's, before something else is written.
  static status_result check(std::uint64_t seq, const std::string& message_json);
  // corrupt, before anything is written, if the bytes are no stored message of that seq.
  status_result insert(const message_owner& owner, std::uint64_t position, std::uint64_t version, std::uint64_t seq,
                       const std::string& message_json);
  // Ends the live rows with seq in [from, to); keep_system passes over system messages.
  status_result end(const message_owner& owner, std::uint64_t from, std::uint64_t to, std::uint64_t version,
                    bool keep_system);
  // Deletes ended rows of a thread that no fork needs any more.
  status_result purge(std::int64_t thread);

  // Full text of the live rows with positions in (after, upto], as many as one transaction should hold.
  // Returns the position up to which all are in the index.
  result<std::uint64_t> index(std::uint64_t after, std::uint64_t upto);
  status_result flush();
  void forget() {
    sums_.clear();
    indexed_.reset();
  }

private:
  struct sum { std::int64_t messages = 0, bytes = 0; };
  result<std::uint64_t> indexed();
  // Into the index or out of it; scope_ is set.
  status_result write_text(sqlite::statement& how, std::int64_t position, std::int64_t org, std::string_view body);

  static constexpr std::size_t index_rows = 2048;       // some 50 ms of work
  static constexpr std::size_t index_bytes = 2u << 20;
  sqlite::connection* db_ = nullptr;
  sqlite::statement insert_, next_rows_, index_, unindex_, get_indexed_, live_, live_unpinned_, supersede_, delete_, purge_, add_sum_;
  std::unordered_map<std::int64_t, sum> sums_; // changes of this batch, by org
  std::optional<std::uint64_t> indexed_;       // as the file says
  std::string text_, scope_, name_, sender_;
};

} // namespace ropewalk::storage
