#include "storage/quarantine.hpp"

#include "runtime/invariant.hpp"
#include "storage/entry_row.hpp"

namespace ropewalk::storage {

std::string_view name(quarantine_state s) noexcept {
  switch (s) {
  case quarantine_state::open: return "open";
  case quarantine_state::discarded: return "discarded";
  case quarantine_state::offered: return "offered";
  }
  return "";
}

error not_in_quarantine(std::uint64_t position) {
  return {errc::not_found, "not_in_quarantine",
          "no entry in this node's quarantine had position " + std::to_string(position), "position"};
}

status_result quarantine::open(sqlite::connection& db) {
  db_ = &db;
  auto prepared = db.prepare_all({
      {put_cut_,
       {"put_cut", "INSERT INTO cuts (partition, keep_upto, entries, lowest, last_position, time_us, epoch, generation,"
                   " accepted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"}},
      {copy_,
       {"quarantine_entry", "INSERT INTO quarantine (" ROPEWALK_ENTRY_COLUMNS
                            ", cut, state, reason, state_time_us, promised) SELECT " ROPEWALK_ENTRY_COLUMNS
                            ", ?2, 'open', '', ?3, promised FROM entries WHERE position = ?1"}},
      {remove_, {"cut_entry", "DELETE FROM entries WHERE position = ?1"}},
      {entities_,
       {"entities_of_cut",
        "SELECT kind, org, entity, min(version) FROM quarantine WHERE cut = ?1 GROUP BY kind, org, entity"}},
      {drop_snapshot_,
       {"drop_cut_snapshot", "DELETE FROM snapshots WHERE kind = ?1 AND org = ?2 AND entity = ?3 AND version >= ?4"}},
      {drop_pins_on_,
       {"drop_pins_on_cut", "DELETE FROM checkpoint_pins WHERE org = ?2 AND checkpoint IN"
                            " (SELECT id FROM checkpoints WHERE kind = ?1 AND org = ?2 AND entity = ?3"
                            "  AND version >= ?4)"}},
      {drop_checkpoints_,
       {"drop_cut_checkpoints",
        "DELETE FROM checkpoints WHERE kind = ?1 AND org = ?2 AND entity = ?3 AND version >= ?4"}},
      {drop_held_,
       {"drop_pins_of_cut", "DELETE FROM checkpoint_pins WHERE org = ?2 AND holder_kind = ?1 AND holder = ?3"
                            " AND ?4 = 1"}},
      {settle_,
       {"settle_quarantined", "UPDATE quarantine SET state = ?2, state_time_us = ?4,"
                              " reason = CASE WHEN damaged = 1 THEN 'damaged; ' || ?3 ELSE ?3 END"
                              " WHERE position = ?1 AND state = 'open'"}},
      {damaged_, {"mark_damaged", "UPDATE quarantine SET damaged = 1, reason = 'damaged' WHERE position = ?1"}},
      {ordered_,
       {"ordered_cuts", "SELECT q.partition, max(q.idx) FROM quarantine q JOIN cuts c ON c.id = q.cut"
                        " WHERE c.epoch = 0 AND q.state = 'open' GROUP BY q.partition"}},
      {learned_,
       {"learned_again", "UPDATE quarantine SET state = 'discarded', state_time_us = ?4,"
                         " reason = CASE WHEN damaged = 1 THEN 'damaged; ' ELSE '' END || 'the member has learned it again'"
                         " WHERE partition = ?1 AND idx = ?2 AND hash = ?3 AND state = 'open'"}},
      {state_, {"state_of_quarantined", "SELECT state FROM quarantine WHERE position = ?1"}},
  });
  if (!prepared) return prepared;
  return look_for_orders();
}

status_result quarantine::look_for_orders() {
  learning_.clear();
  while (true) {
    const auto row = ordered_.step();
    if (!row) return row.error();
    if (!*row) return ok();
    learning_[static_cast<std::uint16_t>(ordered_.integer(0))] = ordered_.natural(1);
  }
}

status_result quarantine::learned(const entry& e, instant now) {
  const auto at = learning_.find(e.partition.value);
  if (at == learning_.end() || e.index > at->second) return ok();
  learned_.bind(1, std::int64_t{e.partition.value});
  learned_.bind(2, e.index);
  learned_.bind(3, std::span<const std::uint8_t>(e.hash));
  learned_.bind(4, now.us);
  auto settled = learned_.run();
  learned_.clear();
  return settled;
}

status_result quarantine::mark_damaged(const std::vector<std::uint64_t>& positions) {
  for (const std::uint64_t position : positions) {
    damaged_.bind(1, position);
    if (auto marked = damaged_.run(); !marked) return marked;
  }
  return ok();
}

status_result quarantine::settle(const quarantine_settlement& s) {
  INVARIANT(s.state != quarantine_state::open, s.position);
  settle_.bind(1, s.position);
  settle_.bind(2, name(s.state));
  settle_.bind(3, s.reason);
  settle_.bind(4, s.time.us);
  auto settled = settle_.run();
  settle_.clear();
  if (!settled || db_->changes() == 1) return settled;
  state_.bind(1, s.position);
  const auto row = state_.step();
  if (!row) return row.error();
  if (!*row) return not_in_quarantine(s.position);
  const std::string before(state_.text(0));
  state_.reset();
  return error{errc::conflict, "already_settled",
               "the entry at position " + std::to_string(s.position) + " is " + before + " already", "position"};
}

status_result quarantine::take(const chain_cut& cut, const std::vector<std::uint64_t>& positions) {
  INVARIANT(!positions.empty());
  put_cut_.bind(1, std::int64_t{cut.partition.value});
  put_cut_.bind(2, cut.keep_upto);
  put_cut_.bind(3, static_cast<std::uint64_t>(positions.size()));
  put_cut_.bind(4, positions.front());
  put_cut_.bind(5, cut.last_position);
  put_cut_.bind(6, cut.time.us);
  put_cut_.bind(7, cut.epoch);
  put_cut_.bind(8, cut.generation);
  put_cut_.bind(9, cut.accepted);
  if (auto put = put_cut_.run(); !put) return put;
  const std::int64_t id = db_->last_rowid();
  for (const std::uint64_t position : positions) {
    copy_.bind(1, position);
    copy_.bind(2, id);
    copy_.bind(3, cut.time.us);
    if (auto copied = copy_.run(); !copied) return copied;
    remove_.bind(1, position);
    if (auto removed = remove_.run(); !removed) return removed;
  }
  entities_.bind(1, id);
  while (true) {
    const auto row = entities_.step();
    if (!row) return row.error();
    if (!*row) return ok();
    for (sqlite::statement* drop : {&drop_snapshot_, &drop_pins_on_, &drop_checkpoints_, &drop_held_}) {
      drop->bind(1, entities_.integer(0));
      drop->bind(2, entities_.text(1));
      drop->bind(3, entities_.text(2));
      drop->bind(4, entities_.natural(3));
      auto dropped = drop->run();
      drop->clear();
      if (!dropped) {
        entities_.reset();
        return dropped;
      }
    }
  }
}

} // namespace ropewalk::storage
