#include "storage/fork_pins.hpp"

#include <algorithm>

namespace ropewalk::storage {
namespace {

result<std::vector<std::int64_t>> first_column(sqlite::statement& query) {
  std::vector<std::int64_t> all;
  while (true) {
    auto row = query.step();
    if (!row) return row.error();
    if (!*row) return all;
    all.push_back(query.integer(0));
  }
}

} // namespace

status_result fork_pins::open(sqlite::connection& db) {
  db_ = &db;
  return db.prepare_all({
      {find_, {"find_thread", "SELECT pk FROM entities WHERE org = ?1 AND kind = 1 AND id = ?2"}},
      {make_, {"make_thread", "INSERT INTO entities(org, kind, id, version) VALUES(?1, 1, ?2, 0)"}},
      {add_fork_, {"add_fork", "INSERT INTO forks(org, forker, version, child, adopted) VALUES(?1, ?2, ?3, ?4, ?5)"}},
      {add_pin_, {"add_pin", "INSERT OR REPLACE INTO pins VALUES(?1, ?2, ?3, ?4)"}},
      {adopt_,
       {"adopt_fork", "UPDATE forks SET adopted = 1 WHERE org = ?1 AND child = ?2 AND forker = ?3 AND version = ?4"}},
      {complete_,
       {"complete_fork", "UPDATE forks SET adopted = 2 WHERE org = ?1 AND child = ?2 AND forker = ?3 AND adopted = 0"}},
      {failed_, {"failed_fork", "SELECT pk FROM forks WHERE org = ?1 AND child = ?2 AND forker = ?3 AND adopted = 0"}},
      {released_, {"released_forks", "SELECT pk FROM forks WHERE org = ?1 AND child = ?2 AND adopted = 1"}},
      {ancestors_, {"pinned_by_fork", "SELECT ancestor FROM pins WHERE fork = ?1"}},
      {drop_pins_, {"drop_pins", "DELETE FROM pins WHERE fork = ?1"}},
      {drop_fork_, {"drop_fork", "DELETE FROM forks WHERE pk = ?1"}},
      {of_both_, {"forks_of_both", "SELECT pk FROM forks WHERE org = ?1 AND child = ?2 AND forker = ?3"}},
      {add_early_, {"add_early_fork", "INSERT OR REPLACE INTO early_forks VALUES(?1, ?2, ?3, ?4, 0)"}},
      {release_early_, {"release_early_fork", "UPDATE early_forks SET released = 1 WHERE org = ?1 AND child = ?2"}},
      {find_early_,
       {"find_early_fork",
        "SELECT released FROM early_forks WHERE org = ?1 AND child = ?2 AND parent = ?3 AND version = ?4"}},
      {drop_early_,
       {"drop_early_fork", "DELETE FROM early_forks WHERE org = ?1 AND child = ?2 AND parent = ?3 AND version = ?4"}},
      {forget_early_, {"forget_early_forks", "DELETE FROM early_forks WHERE org = ?1 AND child = ?2"}},
      {any_, {"any_pin", "SELECT EXISTS(SELECT 1 FROM pins WHERE ancestor = ?1)"}},
  });
}

result<std::int64_t> fork_pins::thread_pk(std::int64_t org, const std::string& id) {
  find_.bind(1, org);
  find_.bind(2, id);
  auto row = find_.step();
  if (!row) return row.error();
  if (!*row) return std::int64_t{0};
  const std::int64_t pk = find_.integer(0);
  find_.reset();
  return pk;
}

result<std::int64_t> fork_pins::find_or_make(std::int64_t org, const std::string& id) {
  auto found = thread_pk(org, id);
  if (!found || *found != 0) return found;
  make_.bind(1, org);
  make_.bind(2, id);
  if (auto made = make_.run(); !made) return made.error();
  return db_->last_rowid();
}

namespace {

void bind_early(sqlite::statement& s, std::int64_t org, const std::string& child, const thread::ancestor& parent) {
  s.bind(1, org);
  s.bind(2, child);
  s.bind(3, parent.thread);
  s.bind(4, parent.version);
}

} // namespace

result<std::vector<std::int64_t>> fork_pins::add(std::int64_t org, std::int64_t forker, const std::string& child,
                                                 const std::vector<thread::ancestor>& lineage) {
  const thread::ancestor& parent = lineage.back();
  bind_early(find_early_, org, child, parent);
  const auto early = find_early_.step();
  if (!early) return early.error();
  const bool adopted = *early, released = adopted && find_early_.integer(0) != 0;
  find_early_.reset();
  if (adopted) {
    bind_early(drop_early_, org, child, parent);
    if (auto dropped = drop_early_.run(); !dropped) return dropped.error();
  }
  if (released) return std::vector<std::int64_t>{};
  add_fork_.bind(1, org);
  add_fork_.bind(2, forker);
  add_fork_.bind(3, parent.version);
  add_fork_.bind(4, child);
  add_fork_.bind(5, adopted ? 1 : 0);
  if (auto added = add_fork_.run(); !added) return added.error();
  const std::int64_t fork = db_->last_rowid();
  std::vector<std::int64_t> pinned;
  for (const auto& a : lineage) {
    auto ancestor = find_or_make(org, a.thread);
    if (!ancestor) return ancestor.error();
    add_pin_.bind(1, *ancestor);
    add_pin_.bind(2, fork);
    add_pin_.bind(3, a.seq);
    add_pin_.bind(4, a.version);
    if (auto added = add_pin_.run(); !added) return added.error();
    pinned.push_back(*ancestor);
  }
  return pinned;
}

status_result fork_pins::adopt(std::int64_t org, const std::string& child, const thread::ancestor& parent) {
  auto forker = thread_pk(org, parent.thread);
  if (!forker) return forker.error();
  adopt_.bind(1, org);
  adopt_.bind(2, child);
  adopt_.bind(3, *forker);
  adopt_.bind(4, parent.version);
  if (auto adopted = adopt_.run(); !adopted) return adopted;
  if (*forker != 0 && db_->changes() > 0) return ok();
  bind_early(add_early_, org, child, parent);
  return add_early_.run();
}

status_result fork_pins::complete(std::int64_t org, std::int64_t forker, const std::string& child) {
  complete_.bind(1, org);
  complete_.bind(2, child);
  complete_.bind(3, forker);
  return complete_.run();
}

status_result fork_pins::forget_early(std::int64_t org, const std::string& child) {
  forget_early_.bind(1, org);
  forget_early_.bind(2, child);
  return forget_early_.run();
}

result<std::vector<std::int64_t>> fork_pins::drop(const std::vector<std::int64_t>& forks) {
  std::vector<std::int64_t> touched;
  for (const std::int64_t fork : forks) {
    ancestors_.bind(1, fork);
    auto ancestors = first_column(ancestors_);
    if (!ancestors) return ancestors.error();
    touched.insert(touched.end(), ancestors->begin(), ancestors->end());
    drop_pins_.bind(1, fork);
    if (auto dropped = drop_pins_.run(); !dropped) return dropped.error();
    drop_fork_.bind(1, fork);
    if (auto dropped = drop_fork_.run(); !dropped) return dropped.error();
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return touched;
}

result<std::vector<std::int64_t>> fork_pins::fail(std::int64_t org, std::int64_t forker, const std::string& child) {
  failed_.bind(1, org);
  failed_.bind(2, child);
  failed_.bind(3, forker);
  auto forks = first_column(failed_);
  if (!forks) return forks.error();
  return drop(*forks);
}

result<std::vector<std::int64_t>> fork_pins::release(std::int64_t org, const std::string& child) {
  release_early_.bind(1, org);
  release_early_.bind(2, child);
  if (auto released = release_early_.run(); !released) return released.error();
  released_.bind(1, org);
  released_.bind(2, child);
  auto forks = first_column(released_);
  if (!forks) return forks.error();
  return drop(*forks);
}

status_result fork_pins::remove(std::int64_t org, std::int64_t forker, const std::string& child) {
  of_both_.bind(1, org);
  of_both_.bind(2, child);
  of_both_.bind(3, forker);
  const auto forks = first_column(of_both_);
  if (!forks) return forks.error();
  const auto dropped = drop(*forks);
  return dropped ? ok() : status_result{dropped.error()};
}

result<bool> fork_pins::pinned(std::int64_t thread) {
  any_.bind(1, thread);
  auto row = any_.step();
  if (!row) return row.error();
  const bool found = *row && any_.integer(0) != 0;
  any_.reset();
  return found;
}

} // namespace ropewalk::storage
