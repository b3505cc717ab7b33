#include "storage/membership.hpp"

#include <algorithm>
#include <chrono>

#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"

namespace ropewalk::storage {

using replication::adoption;
using replication::chain_point;
using replication::durable_state;

namespace {

std::string of_partition(partition_id p, std::uint64_t index) {
  return "partition " + std::to_string(p.value) + ", index " + std::to_string(index);
}

error broken_chain(partition_id p, std::uint64_t index, const std::string& why) {
  return {errc::corrupt, "journal_damaged", "the journal does not verify: " + of_partition(p, index) + ": " + why, {}};
}

instant wall_now() {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

result<entry> checked_entry(const sqlite::statement& row) {
  entry e;
  if (auto read = read_entry(row, e); !read) return read.error();
  if (hash_of(e) != e.hash) return broken_chain(e.partition, e.index, "the hash is not that of the content");
  return e;
}

} // namespace

status_result membership::open(sqlite::connection& db, const journal_meta& meta, sqlite::statement& insert) {
  db_ = &db;
  insert_ = &insert;
  meta_ = &meta;
  if (auto ready = places_.open(db, meta.partitions); !ready) return ready;
  if (auto ready = quarantine_.open(db); !ready) return ready;
  if (auto ready = rows_.open(db, meta.cluster); !ready) return ready;
  if (auto ready = db.prepare_all({
          {token_, {"incarnation_token", "SELECT value FROM meta WHERE name = 'incarnation_token'"}},
          {put_token_,
           {"put_incarnation_token", "INSERT OR REPLACE INTO meta (name, value) VALUES ('incarnation_token', ?1)"}},
      });
      !ready)
    return ready;
  const auto complete = places_.complete();
  if (!complete) return complete.error();
  notes_places_ = *complete;
  return ok();
}

// The entry with this index as the chain names it, read and checked; index 0 is the genesis.
result<chain_point> membership::point(partition_id p, std::uint64_t index, const chain& at) {
  if (index == 0) return chain_point{0, 0, genesis_hash(meta_->cluster, p, meta_->partitions)};
  if (index > at.heads()[p.value].index) return chain_point{};
  chain_point found;
  auto walked = places_.walk(p, index, index, [&](const sqlite::statement& row) -> result<bool> {
    const auto e = checked_entry(row);
    if (!e) return e.error();
    found = replication::point_of(*e);
    return false;
  });
  if (!walked) return walked.error();
  if (found.index == 0) return broken_chain(p, index, "the entry is missing");
  return found;
}

result<durable_state> membership::state(partition_id p, const chain& at) {
  auto stored = rows_.load(p);
  if (!stored) return stored.error();
  if (*stored) return std::move(**stored);
  durable_state fresh;
  const auto incarnation = rows_.highest_incarnation();
  if (!incarnation) return incarnation.error();
  fresh.standing.incarnation = *incarnation;
  const auto head = point(p, at.heads()[p.value].index, at);
  if (!head) return head.error();
  fresh.accepted = *head;
  return fresh;
}

result<durable_state> membership::load(partition_id p, const chain& at) {
  if (!notes_places_) {
    auto filling = sqlite::transaction::begin(*db_);
    if (!filling) return filling.error();
    if (auto filled = places_.fill(); !filled) return filled.error();
    if (auto committed = filling->commit(); !committed) return committed.error();
    notes_places_ = true;
  }
  auto s = state(p, at);
  if (!s) return s;
  const auto there = point(p, s->accepted.index, at);
  if (!there) return there.error();
  if (*there != s->accepted) return broken_chain(p, s->accepted.index, "it is not the entry that was accepted");
  auto walked = places_.walk(p, s->accepted.index + 1, at.heads()[p.value].index,
                             [&](const sqlite::statement& row) -> result<bool> {
                               auto e = checked_entry(row);
                               if (!e) return e.error();
                               s->tail.push_back(std::make_shared<const entry>(*std::move(e)));
                               return true;
                             });
  if (!walked) return walked.error();
  if (s->head().index != at.heads()[p.value].index || s->head().hash != at.heads()[p.value].hash)
    return broken_chain(p, s->head().index, "the entry after it is missing");
  return s;
}

status_result membership::append(const entry& e, std::uint64_t position, chain& at) {
  if (e.partition.value >= at.heads().size())
    return error{errc::corrupt, "misplaced_entry", of_partition(e.partition, e.index) + ": no such partition", {}};
  const partition_head& head = at.heads()[e.partition.value];
  if (e.index != head.index + 1 || e.prev_hash != head.hash)
    return error{errc::corrupt,
                 "misplaced_entry",
                 of_partition(e.partition, e.index) + " does not follow the chain, which ends at index " +
                     std::to_string(head.index),
                 {}};
  bind_entry(*insert_, e);
  bind_promised(*insert_, e);
  insert_->bind(1, position);
  if (auto inserted = insert_->run(); !inserted) return inserted;
  at.skip_to(position);
  at.move_head(e.partition, {e.index, position, e.hash});
  if (!notes_places_) return ok();
  return places_.note(e.partition, e.index, position);
}

result<bool> membership::apply(partition_id p, const replication::change& c, chain& at) {
  auto s = state(p, at);
  if (!s) return s.error();
  if (c.promised) s->promised = *c.promised;
  if (c.standing) s->standing = *c.standing;
  if (c.incarnations) s->incarnations = *c.incarnations;
  if (c.configurations) s->configurations = *c.configurations;
  bool was_cut = false;
  if (c.adopted) {
    const auto moved = cut(p, *c.adopted, s->accepted.index, at);
    if (!moved) return moved;
    was_cut = *moved;
    if (auto adopted = adopt(p, *c.adopted, at); !adopted) return adopted.error();
    s->accepted = c.adopted->accepted;
    s->position = c.adopted->position;
  }
  if (auto stored = rows_.store(p, *s); !stored) return stored.error();
  return was_cut;
}

// Entries behind keep_upto leave the chain. What it goes on from is read and checked before anything moves.
result<bool> membership::cut(partition_id p, const adoption& a, std::uint64_t accepted, chain& at) {
  const partition_head head = at.heads()[p.value];
  if (a.keep_upto >= head.index) return false;
  partition_head kept{0, 0, genesis_hash(meta_->cluster, p, meta_->partitions)};
  if (a.keep_upto > 0) {
    auto walked = places_.walk(p, a.keep_upto, a.keep_upto, [&](const sqlite::statement& row) -> result<bool> {
      const auto e = checked_entry(row);
      if (!e) return e.error();
      kept = {e->index, e->position, e->hash};
      return false;
    });
    if (!walked) return walked.error();
    if (kept.index != a.keep_upto) return broken_chain(p, a.keep_upto, "the entry is missing");
  }
  const chain_cut what{p, a.keep_upto, at.position(), wall_now(), a.accepted.epoch, a.position.generation, accepted};
  if (auto moved = move_entries(what, at); !moved) return moved.error();
  at.move_head(p, kept);
  return true;
}

status_result membership::move_entries(const chain_cut& what, chain& at) {
  const partition_head head = at.heads()[what.partition.value];
  std::vector<std::uint64_t> moving, damaged;
  auto walked = places_.walk(what.partition, what.keep_upto + 1, head.index,
                             [&](const sqlite::statement& row) -> result<bool> {
                               moving.push_back(row.natural(0));
                               if (!checked_entry(row)) damaged.push_back(moving.back());
                               return true;
                             });
  if (!walked) return walked.error();
  if (moving.size() != head.index - what.keep_upto || moving.back() != head.position)
    return broken_chain(what.partition, what.keep_upto + moving.size() + 1, "the entry is missing");
  if (auto taken = quarantine_.take(what, moving); !taken) return taken;
  if (auto marked = quarantine_.mark_damaged(damaged); !marked) return marked;
  return places_.drop_beyond(what.partition, what.keep_upto);
}

result<bool> membership::relearn(const relearning& what, chain& at) {
  const partition_id p = what.partition;
  const partition_head head = at.heads()[p.value];
  if (what.from == 0 || what.from > head.index)
    return invalid("from", "must be 1 to " + std::to_string(head.index) + ": partition " + std::to_string(p.value) +
                               " ends there on this disk");
  const auto unless_read = [&](const error& why) -> result<bool> {
    if (why.type != "journal_damaged") return why;
    return error{errc::conflict, "must_be_wiped",
                 "the disk is too damaged for a repair in place: " + why.detail + "; stop the node, move its directory "
                 "aside and start it again", {}};
  };
  digest there{};
  auto walked = places_.walk(p, what.from, what.from, [&](const sqlite::statement& row) -> result<bool> {
    entry e;
    if (auto read = read_entry(row, e); read) there = e.hash;
    return false;
  });
  if (!walked) return unless_read(walked.error());
  if (what.hash && there != *what.hash)
    return error{errc::conflict, "other_entry",
                 of_partition(p, what.from) + " is another entry than the one that was seen; look again", {}};
  const auto kept = point(p, what.from - 1, at);
  if (!kept) return unless_read(kept.error());
  const auto kept_position = position_of(p, kept->index);
  if (!kept_position) return unless_read(kept_position.error());
  auto s = state(p, at);
  if (!s) return s.error();
  const auto highest = rows_.highest_incarnation();
  if (!highest) return highest.error();
  if (auto moved = move_entries({p, kept->index, at.position(), wall_now(), 0, 0, s->accepted.index}, at); !moved)
    return unless_read(moved.error());
  if (auto looked = quarantine_.look_for_orders(); !looked) return looked.error();
  at.move_head(p, {kept->index, *kept_position, kept->hash});
  s->standing = {std::max(*highest + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(what.now.us, 1))), false};
  if (kept->index < s->accepted.index) s->accepted = *kept;
  std::erase_if(s->configurations, [&](const auto& c) { return c.index > kept->index; }); // what counted before is learned again
  s->position = {};
  if (auto stored = rows_.store(p, *s); !stored) return stored.error();
  return true;
}

// 0 for index 0.
result<std::uint64_t> membership::position_of(partition_id p, std::uint64_t index) {
  std::uint64_t found = 0;
  auto walked = places_.walk(p, index, index, [&](const sqlite::statement& row) -> result<bool> {
    found = row.natural(0);
    return false;
  });
  if (!walked) return walked.error();
  return found;
}

status_result membership::adopt(partition_id p, const adoption& a, chain& at) {
  for (const replication::entry_ptr& e : a.entries) {
    if (e->partition != p)
      return error{errc::corrupt,
                   "misplaced_entry",
                   of_partition(e->partition, e->index) + " is not of partition " + std::to_string(p.value),
                   {}};
    if (auto appended = append(*e, at.position() + 1, at); !appended) return appended;
    if (auto settled = quarantine_.learned(*e, wall_now()); !settled) return settled;
  }
  // What was just written was looked at by who asked for it, epoch and hash with it.
  if (!a.entries.empty() && replication::point_of(*a.entries.back()) == a.accepted) return ok();
  const auto there = point(p, a.accepted.index, at);
  if (!there) return there.error();
  if (*there == a.accepted) return ok();
  return broken_chain(p, a.accepted.index, "the chain does not hold what is said to be accepted");
}

status_result membership::lose_standing(std::uint64_t incarnation, const chain& at) {
  for (std::uint16_t p = 0; p < meta_->partitions; ++p) {
    auto s = state(partition_id{p}, at);
    if (!s) return s.error();
    s->standing = {incarnation, false};
    if (auto stored = rows_.store(partition_id{p}, *s); !stored) return stored;
  }
  return put_token({});
}

status_result membership::stand(std::uint64_t incarnation, std::uint64_t epoch, const chain& at) {
  for (std::uint16_t p = 0; p < meta_->partitions; ++p) {
    auto s = state(partition_id{p}, at);
    if (!s) return s.error();
    s->standing = {incarnation, true};
    s->promised = {std::max(s->promised.epoch + 1, epoch), {}};
    if (auto stored = rows_.store(partition_id{p}, *s); !stored) return stored;
  }
  return put_token({});
}

result<std::string> membership::token() {
  const auto row = token_.step();
  if (!row) return row.error();
  if (!*row) return std::string{};
  std::string found{token_.text(0)};
  token_.reset();
  return found;
}

status_result membership::put_token(const std::string& token) {
  put_token_.bind(1, token);
  auto put = put_token_.run();
  put_token_.clear();
  return put;
}

} // namespace ropewalk::storage
