#pragma once
// The part of a journal that only a member of a cluster has: which entries it accepted, what it promised, and how its chain is
// brought to what others agreed on. Works inside the journal's transaction, on the journal's chain in memory.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/replication/durable_state.hpp"
#include "runtime/result.hpp"
#include "storage/chain.hpp"
#include "storage/place_index.hpp"
#include "storage/quarantine.hpp"
#include "storage/replication_rows.hpp"
#include "storage/sqlite.hpp"

namespace ropewalk::storage {

// An operator's order, after this member's chain was found to differ from the others', or not to verify, at `from`: in that
// partition the disk counts as put back from a backup that ends before it. Entries from there on move to quarantine, standing is
// lost under a new incarnation, and the rest is learned from the others (runtime/replication/joining.cpp).
struct relearning {
  partition_id partition;
  std::uint64_t from = 0;     // index of the first entry that goes, 1 or more
  std::optional<digest> hash; // of that entry as it was seen: another one there is not touched
  instant now;
};

class membership {
public:
  // insert: prepared from insert_entry. All three must outlive this.
  status_result open(sqlite::connection& db, const journal_meta& meta, sqlite::statement& insert);

  // Outside a transaction. See journal::load_replication.
  result<replication::durable_state> load(partition_id p, const chain& at);
  // The rest inside one.
  status_result append(const entry& e, std::uint64_t position, chain& at);
  result<bool> apply(partition_id p, const replication::change& c, chain& at);
  status_result settle(const quarantine_settlement& s) { return quarantine_.settle(s); }
  status_result lose_standing(std::uint64_t incarnation, const chain& at);
  status_result stand(std::uint64_t incarnation, std::uint64_t epoch, const chain& at);
  // Whether entries were moved. Errors that leave the journal usable: invalid "from", conflict "other_entry", conflict "must_be_wiped" (the
  // disk is too damaged to be repaired in place).
  result<bool> relearn(const relearning& what, chain& at);
  result<bool> took_part() { return rows_.took_part(); }
  result<std::uint64_t> incarnation() { return rows_.highest_incarnation(); }
  result<std::string> token();
  status_result put_token(const std::string& token);

  // Whether appended entries have to be noted: it was a member once.
  bool notes_places() const noexcept { return notes_places_; }
  status_result note(const entry& e) { return places_.note(e.partition, e.index, e.position); }
  void forget() { places_.forget(); } // after a rollback

private:
  result<replication::durable_state> state(partition_id p, const chain& at);
  result<replication::chain_point> point(partition_id p, std::uint64_t index, const chain& at);
  result<bool> cut(partition_id p, const replication::adoption& a, std::uint64_t accepted, chain& at);
  status_result move_entries(const chain_cut& what, chain& at);
  result<std::uint64_t> position_of(partition_id p, std::uint64_t index);
  status_result adopt(partition_id p, const replication::adoption& a, chain& at);

  sqlite::connection* db_ = nullptr;
  sqlite::statement* insert_ = nullptr;
  const journal_meta* meta_ = nullptr;
  place_index places_;
  quarantine quarantine_;
  replication_rows rows_;
  bool notes_places_ = false;
  sqlite::statement token_, put_token_;
};

} // namespace ropewalk::storage
