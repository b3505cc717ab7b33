#include "storage/checkpoint_rows.hpp"

#include <algorithm>

#include "runtime/invariant.hpp"
#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"

namespace ropewalk::storage {

namespace {

void bind_key(sqlite::statement& s, const entity_key& entity) {
  s.bind(1, static_cast<std::int64_t>(entity.kind));
  s.bind(2, entity.org);
  s.bind(3, entity.id);
}

error rolled_back(const checkpoint_info& row, const std::string& why) {
  return {errc::corrupt,
          "checkpoint_rolled_back",
          "the checkpoint follows version " + std::to_string(row.about.version) +
              " of a journal that is not this one: " + why,
          {}};
}

status_result check_chain(const checkpoint_info& row, const chain_link& sealed, sqlite::statement& select_entry) {
  select_entry.bind(1, row.position);
  const auto there = select_entry.step();
  if (!there) return there.error();
  if (!*there) return rolled_back(row, "its entry is not there");
  entry e;
  const auto read = read_entry(select_entry, e);
  select_entry.reset();
  if (!read) return rolled_back(row, "its entry cannot be read");
  if (e.entity != row.about.entity || e.event.version != row.about.version)
    return rolled_back(row, "another entry stands in its entry's place");
  if (e.index != sealed.index || e.hash != sealed.hash || hash_of(e) != e.hash)
    return rolled_back(row, "the entry in its place has another hash");
  return ok();
}

} // namespace

checkpoint_info read_checkpoint(const sqlite::statement& row, const std::string& cluster) {
  return {{cluster,
           {std::string(row.text(2)), static_cast<entity_kind>(row.integer(1)), std::string(row.text(3))},
           row.natural(4),
           std::string(row.text(5)),
           std::string(row.text(6)),
           std::string(row.text(7)),
           std::string(row.text(8)),
           instant{row.integer(9)}},
          row.natural(10),
          row.natural(11),
          row.natural(12)};
}

std::string_view sealed_of(const sqlite::statement& row) {
  const auto bytes = row.blob(13);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool refuses_checkpoint(const error& why) {
  return why.type.starts_with("seal_") || why.type == "checkpoint_rolled_back";
}

result<opened_seal> open_checkpoint(const keyring& keys, const checkpoint_info& row, std::string_view sealed,
                                    sqlite::statement& select_entry, bool decompress) {
  auto opened = decompress ? open_seal(keys, sealed, row.about) : verify_seal(keys, sealed, row.about);
  if (!opened) return opened;
  if (opened->original_bytes != row.raw_bytes)
    return error{errc::corrupt, "seal_wrong_place", "its row tells another size than its seal", {}};
  if (auto follows = check_chain(row, opened->after, select_entry); !follows) return follows.error();
  return opened;
}

status_result checkpoint_writes::open(sqlite::connection& db) {
  return db.prepare_all({
      // A row of this version can only be there if the entry it followed is not: the chain has taken another one.
      {put_,
       {"put_checkpoint", "INSERT OR REPLACE INTO checkpoints (kind, org, entity, version, id, parent, phase, reason,"
                          " time_us, position, raw_bytes, sealed)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"}},
      {pin_,
       {"pin_checkpoint", "INSERT OR IGNORE INTO checkpoint_pins (org, checkpoint, holder_kind, holder)"
                          " VALUES (?2, ?4, ?1, ?3)"}},
      {unpin_,
       {"unpin_checkpoint", "DELETE FROM checkpoint_pins WHERE org = ?2 AND checkpoint = ?4"
                            " AND holder_kind = ?1 AND holder = ?3"}},
      {count_, {"count_checkpoints", "SELECT count(*) FROM checkpoints WHERE kind = ?1 AND org = ?2 AND entity = ?3"}},
      {oldest_,
       {"oldest_checkpoints",
        "SELECT pk, version, time_us, id, EXISTS (SELECT 1 FROM checkpoint_pins p WHERE p.org = c.org AND"
        " p.checkpoint = c.id) FROM checkpoints c WHERE kind = ?1 AND org = ?2 AND entity = ?3 ORDER BY version"}},
      // One step into the index, however many rows there are.
      {behind_,
       {"checkpoints_behind", "SELECT kind, org, entity FROM checkpoints WHERE (kind, org, entity) > (?1, ?2, ?3)"
                              " ORDER BY kind, org, entity LIMIT 1"}},
      {down_, select_checkpoints_down},
      {remove_, {"remove_checkpoint", "DELETE FROM checkpoints WHERE pk = ?1"}},
      {entry_, select_entry},
  });
}

status_result checkpoint_writes::apply(const std::string& cluster, const entity_key& entity, checkpoint_change& change,
                                       const entry* last) {
  if (change.put) {
    const seal_context& about = change.put->about();
    INVARIANT(last && about.cluster == cluster && about.entity == entity && about.version == last->event.version,
              about.cluster, about.entity.id, about.version);
    if (auto stored = put(std::move(*change.put), *last); !stored) return stored;
  }
  for (const checkpoint_pin& p : change.pins)
    if (auto done = pin(entity, p); !done) return done;
  if (!change.prune) return ok();
  INVARIANT(change.prune->keys != nullptr);
  return prune(cluster, entity, *change.prune, change.put ? last->event.version : 0);
}

status_result checkpoint_writes::put(pending_seal pending, const entry& last) {
  const seal_context& about = pending.about();
  bind_key(put_, about.entity);
  put_.bind(4, about.version);
  put_.bind(5, about.id);
  put_.bind(6, about.parent);
  put_.bind(7, about.phase);
  put_.bind(8, about.reason);
  put_.bind(9, about.time.us);
  put_.bind(10, last.position);
  put_.bind(11, pending.original_bytes());
  const std::string blob = std::move(pending).finish({last.index, last.hash});
  put_.bind(12, std::span{reinterpret_cast<const std::uint8_t*>(blob.data()), blob.size()});
  auto stored = put_.run();
  put_.clear();
  return stored;
}

status_result checkpoint_writes::pin(const entity_key& holder, const checkpoint_pin& p) {
  sqlite::statement& change = p.held ? pin_ : unpin_;
  bind_key(change, holder);
  change.bind(4, p.checkpoint);
  auto done = change.run();
  change.clear();
  return done;
}

result<std::uint64_t> checkpoint_writes::count(const entity_key& entity) {
  bind_key(count_, entity);
  const auto row = count_.step();
  if (!row) return row.error();
  const std::uint64_t all = count_.natural(0);
  count_.clear();
  return all;
}

result<std::optional<entity_key>> checkpoint_writes::behind(const std::optional<entity_key>& entity) {
  if (entity) {
    bind_key(behind_, *entity);
  } else { // before all
    behind_.bind(1, std::int64_t{-1});
    behind_.bind(2, std::string_view());
    behind_.bind(3, std::string_view());
  }
  const auto row = behind_.step();
  if (!row) return row.error();
  std::optional<entity_key> found;
  if (*row)
    found = entity_key{std::string(behind_.text(1)), static_cast<entity_kind>(behind_.integer(0)),
                       std::string(behind_.text(2))};
  behind_.clear();
  return found;
}

result<std::optional<entity_key>> checkpoint_writes::sweep(const std::string& cluster, const checkpoint_sweep& what) {
  INVARIANT(what.rule.keys != nullptr);
  std::optional<entity_key> at = what.after;
  for (std::size_t n = 0; n < what.entities; ++n) {
    auto next = behind(at);
    if (!next || !*next) return next;
    at = *std::move(next);
    if (auto pruned = prune(cluster, *at, what.rule, 0); !pruned) return pruned.error();
  }
  return at;
}

// Its version; 0 = none verifies.
result<std::uint64_t> checkpoint_writes::newest_good(const std::string& cluster, const entity_key& entity,
                                                     const keyring& keys) {
  bind_key(down_, entity);
  down_.bind(4, INT64_MAX);
  std::uint64_t found = 0;
  while (found == 0) {
    const auto row = down_.step();
    if (!row) return row.error();
    if (!*row) break;
    const checkpoint_info info = read_checkpoint(down_, cluster);
    const auto good = open_checkpoint(keys, info, sealed_of(down_), entry_, false);
    if (good) found = info.about.version;
    else if (!refuses_checkpoint(good.error())) return good.error();
  }
  down_.clear();
  return found;
}

// From the oldest on, up to the first that is young enough and among the newest: recorded time never goes back.
status_result checkpoint_writes::prune(const std::string& cluster, const entity_key& entity,
                                       const checkpoint_prune& rule, std::uint64_t good) {
  const auto all = count(entity);
  if (!all) return all.error();
  if (*all <= 1) return ok(); // the newest that verifies, or nothing that does
  const std::uint64_t surplus = *all > rule.keep_newest ? *all - rule.keep_newest : 0;
  struct candidate {
    std::int64_t pk;
    std::uint64_t version;
  };
  std::vector<candidate> going;
  bind_key(oldest_, entity);
  for (std::uint64_t seen = 0; true; ++seen) {
    const auto row = oldest_.step();
    if (!row) return row.error();
    if (!*row) break;
    const bool old = rule.older_than && oldest_.integer(2) < rule.older_than->us;
    if (seen >= surplus && !old) break;
    const bool pinned = oldest_.integer(4) != 0;
    if (!pinned && std::find(rule.keep.begin(), rule.keep.end(), oldest_.text(3)) == rule.keep.end())
      going.push_back({oldest_.integer(0), oldest_.natural(1)});
  }
  oldest_.clear();
  if (going.empty()) return ok();
  if (good == 0) {
    const auto found = newest_good(cluster, entity, *rule.keys);
    if (!found) return found.error();
    good = *found;
  }
  if (good == 0) return ok(); // the keyring may be the wrong one: what it cannot judge stays
  for (const candidate& c : going) {
    if (c.version == good) continue;
    remove_.bind(1, c.pk);
    if (auto removed = remove_.run(); !removed) return removed;
  }
  return ok();
}

} // namespace ropewalk::storage
