#include "storage/entity_table.hpp"

namespace ropewalk::storage {

status_result entity_table::open(sqlite::connection& db) {
  forget();
  db_ = &db;
  return db.prepare_all({
      {find_org_, {"find_org", "SELECT pk FROM orgs WHERE name = ?1"}},
      {make_org_, {"make_org", "INSERT INTO orgs(name) VALUES(?1)"}},
      {find_, {"find_entity", "SELECT pk, version, wake_at FROM entities WHERE org = ?1 AND kind = ?2 AND id = ?3"}},
      {make_, {"make_entity", "INSERT INTO entities(org, kind, id, version) VALUES(?1, ?2, ?3, 0)"}},
      {add_row_, {"add_entity_row", "INSERT OR REPLACE INTO entity_rows VALUES(?1, ?2, ?3)"}},
      {update_, {"update_entity", "UPDATE entities SET version = ?2, wake_at = ?3 WHERE pk = ?1"}},
      {rows_,
       {"rows_of_entity", "SELECT position FROM entity_rows WHERE entity = ?1 AND version < ?2 ORDER BY version"}},
      {drop_faults_,
       {"drop_entity_faults",
        "DELETE FROM faults WHERE position IN (SELECT position FROM entity_rows WHERE entity = ?1)"}},
      {drop_rows_, {"drop_entity_rows", "DELETE FROM entity_rows WHERE entity = ?1"}},
      {drop_, {"drop_entity", "DELETE FROM entities WHERE pk = ?1"}},
      {drop_org_,
       {"drop_org", "DELETE FROM orgs WHERE pk = ?1 AND NOT EXISTS (SELECT 1 FROM entities WHERE org = ?1)"}},
  });
}

result<std::int64_t> entity_table::org_of(const std::string& name) {
  if (const auto known = orgs_.find(name); known != orgs_.end()) return known->second;
  find_org_.bind(1, name);
  auto row = find_org_.step();
  if (!row) return row.error();
  std::int64_t pk = 0;
  if (*row) {
    pk = find_org_.integer(0);
    find_org_.reset();
  } else {
    make_org_.bind(1, name);
    if (auto made = make_org_.run(); !made) return made.error();
    pk = db_->last_rowid();
  }
  orgs_.emplace(name, pk);
  return pk;
}

result<view_entity> entity_table::find_or_make(const entity_key& who) {
  view_entity found;
  auto org = org_of(who.org);
  if (!org) return org.error();
  found.org = *org;
  find_.bind(1, found.org);
  find_.bind(2, static_cast<int>(who.kind));
  find_.bind(3, who.id);
  auto row = find_.step();
  if (!row) return row.error();
  if (*row) {
    found.pk = find_.integer(0);
    found.version = find_.natural(1);
    if (!find_.is_null(2)) found.wake_at = instant{find_.integer(2)};
    find_.reset();
    return found;
  }
  make_.bind(1, found.org);
  make_.bind(2, static_cast<int>(who.kind));
  make_.bind(3, who.id);
  if (auto made = make_.run(); !made) return made.error();
  found.pk = db_->last_rowid();
  return found;
}

result<std::optional<view_entity>> entity_table::find(const entity_key& who) {
  find_org_.bind(1, who.org);
  const auto org = find_org_.step();
  if (!org) return org.error();
  if (!*org) return std::optional<view_entity>{};
  view_entity found;
  found.org = find_org_.integer(0);
  find_org_.reset();
  find_.bind(1, found.org);
  find_.bind(2, static_cast<int>(who.kind));
  find_.bind(3, who.id);
  const auto row = find_.step();
  if (!row) return row.error();
  if (!*row) return std::optional<view_entity>{};
  found.pk = find_.integer(0);
  found.version = find_.natural(1);
  find_.reset();
  return std::optional{found};
}

result<std::vector<std::uint64_t>> entity_table::positions(const view_entity& who, std::uint64_t end) {
  std::vector<std::uint64_t> all;
  rows_.bind(1, who.pk);
  rows_.bind(2, end);
  while (true) {
    const auto row = rows_.step();
    if (!row) return row.error();
    if (!*row) return all;
    all.push_back(rows_.natural(0));
  }
}

status_result entity_table::remove(const view_entity& who) {
  for (sqlite::statement* change : {&drop_faults_, &drop_rows_, &drop_}) {
    change->bind(1, who.pk);
    if (auto changed = change->run(); !changed) return changed;
  }
  return ok();
}

status_result entity_table::finish(std::int64_t org) {
  drop_org_.bind(1, org);
  return drop_org_.run();
}

result<view_entity*> entity_table::record(const entry& e) {
  auto at = entities_.find(e.entity);
  if (at == entities_.end()) {
    auto found = find_or_make(e.entity);
    if (!found) return found.error();
    at = entities_.emplace(e.entity, *found).first;
  }
  view_entity& who = at->second;
  add_row_.bind(1, who.pk);
  add_row_.bind(2, e.event.version);
  add_row_.bind(3, e.position);
  if (auto added = add_row_.run(); !added) return added.error();
  who.version = e.event.version;
  if (!who.dirty) {
    who.dirty = true;
    dirty_.push_back(&who); // nodes of an unordered_map stay where they are
  }
  return &who;
}

status_result entity_table::flush() {
  for (view_entity* who : dirty_) {
    update_.bind(1, who->pk);
    update_.bind(2, who->version);
    if (who->wake_at) update_.bind(3, who->wake_at->us);
    else update_.bind_null(3);
    if (auto updated = update_.run(); !updated) return updated;
    who->dirty = false;
  }
  dirty_.clear();
  if (entities_.size() > cached_max) entities_.clear();
  if (orgs_.size() > cached_max) orgs_.clear();
  return ok();
}

void entity_table::forget() {
  dirty_.clear();
  entities_.clear();
  orgs_.clear();
}

} // namespace ropewalk::storage
