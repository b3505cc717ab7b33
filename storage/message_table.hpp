#pragma once
// The messages' rows and their full text, which follows later: it costs three times what the rows cost, and a
// message that is gone before its turn comes costs nothing. A message that ends (edited, removed, trimmed,
// cleared) is deleted, unless a fork was made while it lived: then it stays, marked with the version at which it
// ended. Rows up to the indexed position are in the index, all others are not; so a row that ends after it was
// indexed only gets the mark 0, which nobody reads, and goes when the index follows. Ending costs no more than
// writing, however many end at once.

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

  // --- for a repair ---

  // All rows of a thread, also out of full text. From now on to end_repair() no row counts as indexed: what is inserted and ends
  // meanwhile goes at once, and index_again() takes in what a thread has left of positions that the index has reached.
  status_result remove(const message_owner& owner);
  status_result index_again(std::int64_t thread);
  void end_repair() noexcept { repairing_ = false; }

  // Takes dead rows out of the index and the table, then full text of the rows with positions in (after, upto] in;
  // as many as one transaction should hold. Returns the position up to which all is done.
  result<std::uint64_t> index(std::uint64_t after, std::uint64_t upto);
  status_result flush();
  void forget() {
    sums_.clear();
    indexed_.reset();
    repairing_ = false;
  }

private:
  struct sum {
    std::int64_t messages = 0, bytes = 0;
  };
  struct bounded { // one transaction's share of full text
    std::size_t rows = 0, bytes = 0;
    bool full() const { return rows >= 2048 || bytes > (2u << 20); } // some 50 ms of work
  };
  result<std::uint64_t> indexed();
  result<std::uint64_t> indexed_in_file();
  status_result unindex(bounded& part);
  // Into the index or out of it. row: position, thread, org, body.
  status_result write_text(sqlite::statement& how, const sqlite::statement& row, bounded& part);

  sqlite::statement insert_, next_rows_, next_dead_, index_, unindex_, get_indexed_, live_sum_, end_, end_pinned_,
      delete_, delete_live_, purge_new_, purge_indexed_, add_sum_, of_thread_, delete_thread_;
  std::unordered_map<std::int64_t, sum> sums_; // changes of this batch, by org
  std::optional<std::uint64_t> indexed_;       // as the file says
  bool repairing_ = false;
  std::string text_, scope_, name_, sender_;
};

} // namespace ropewalk::storage
