#pragma once
// The messages' rows and their full text. A message that ends (edited, removed, trimmed, cleared) is deleted,
// unless a fork was made while it lived: then it stays, marked with the version at which it ended.

#include <cstdint>
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

  status_result flush();
  void forget() { sums_.clear(); }

private:
  struct sum { std::int64_t messages = 0, bytes = 0; };
  sqlite::connection* db_ = nullptr;
  sqlite::statement insert_, index_, unindex_, live_, live_unpinned_, supersede_, delete_, purge_, add_sum_;
  std::unordered_map<std::int64_t, sum> sums_; // changes of this batch, by org
  std::string text_, scope_, name_, sender_;
};

} // namespace ropewalk::storage
