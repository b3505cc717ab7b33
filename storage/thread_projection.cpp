#include "storage/thread_projection.hpp"

#include <algorithm>

namespace ropewalk::storage {

using thread::presence;

status_result thread_projection::open(sqlite::connection& db) {
  forget();
  if (auto opened = messages_.open(db); !opened) return opened;
  if (auto opened = pins_.open(db); !opened) return opened;
  return db.prepare_all({
      {find_, {"find_thread_state", "SELECT state FROM threads WHERE pk = ?1"}},
      {put_,
       {"put_thread", "INSERT INTO threads(pk, org, status, user, agent, name, updated_at, messages, state)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(pk) DO UPDATE SET status = ?3,"
                      " user = ?4, agent = ?5, name = ?6, updated_at = ?7, messages = ?8, state = ?9"}},
      {add_tag_, {"add_thread_tag", "INSERT OR IGNORE INTO thread_tags VALUES(?1, ?2, ?3)"}},
      {remove_, {"remove_thread", "DELETE FROM threads WHERE pk = ?1"}},
      {drop_tag_, {"drop_thread_tag", "DELETE FROM thread_tags WHERE org = ?1 AND tag = ?2 AND thread = ?3"}},
  });
}

void thread_projection::forget() {
  messages_.forget();
  dirty_.clear();
  threads_.clear();
  applied_again_.clear();
  repairing_ = false;
}

status_result thread_projection::remove(const entity_key& key, const view_entity& who) {
  const auto found = find(who);
  if (!found) return found.error();
  if (auto forgotten = pins_.forget_early(who.org, key.id); !forgotten) return forgotten;
  if (auto hidden = show_tags(**found, {}); !hidden) return hidden;
  threads_.erase(who.pk);
  repairing_ = true;
  if (auto removed = messages_.remove({who.pk, who.org, false}); !removed) return removed;
  remove_.bind(1, who.pk);
  return remove_.run();
}

status_result thread_projection::remove_forks(const view_entity& forker, const std::string& child) {
  return pins_.remove(forker.org, forker.pk, child);
}

status_result thread_projection::end_repair() {
  for (const std::int64_t thread : applied_again_)
    if (auto indexed = messages_.index_again(thread); !indexed) return indexed;
  applied_again_.clear();
  repairing_ = false;
  messages_.end_repair();
  return ok();
}

result<thread_projection::known_thread*> thread_projection::find(const view_entity& who) {
  const auto at = threads_.find(who.pk);
  if (at != threads_.end()) return &at->second;
  known_thread t;
  t.pk = who.pk;
  t.org = who.org;
  find_.bind(1, who.pk);
  auto row = find_.step();
  if (!row) return row.error();
  if (*row) {
    auto state = thread::decode_state(find_.text(0));
    find_.reset();
    if (!state)
      return error{errc::internal, "views_damaged", "a thread's row cannot be read: " + state.error().detail, {}};
    t.state = *std::move(state);
    if (t.state.is == presence::present) t.shown_tags = t.state.header.tags;
  }
  auto pinned = pins_.pinned(who.pk);
  if (!pinned) return pinned.error();
  t.pinned = *pinned;
  return &threads_.emplace(who.pk, std::move(t)).first->second;
}

// What an event changes beside the thread's own row. Runs before the state is folded.
struct thread_projection::change {
  thread_projection& self;
  const known_thread& t;
  const entry& e;

  const thread::message_set& live() const { return t.state.messages; }
  message_owner owner() const { return {t.pk, t.org, t.pinned}; }
  std::uint64_t version() const { return e.event.version; }
  status_result end(std::uint64_t from, std::uint64_t to, bool keep_system) const {
    return self.messages_.end(owner(), from, to, version(), keep_system);
  }
  status_result let_go(const result<std::vector<std::int64_t>>& ancestors) const {
    return ancestors ? self.purge(*ancestors) : status_result{ancestors.error()};
  }

  status_result operator()(const thread::created& c) const {
    return c.origin ? self.pins_.adopt(t.org, e.entity.id, c.origin->lineage.back()) : ok();
  }
  status_result operator()(const thread::appended& a) const {
    if (auto inserted = self.messages_.insert(owner(), e.position, version(), a.seq, a.message_json); !inserted)
      return inserted;
    return a.first_seq ? end(live().trim_point(), *a.first_seq, true) : ok();
  }
  status_result operator()(const thread::edited& x) const {
    if (!live().is_live(x.seq))
      return error{errc::corrupt, "seq_gap", "edited message has no live seq " + std::to_string(x.seq), "seq"};
    if (auto fine = message_table::check(x.seq, x.message_json); !fine) return fine;
    if (auto ended = end(x.seq, x.seq + 1, false); !ended) return ended; // an inherited one has no row here
    return self.messages_.insert(owner(), e.position, version(), x.seq, x.message_json);
  }
  status_result operator()(const thread::removed& x) const { return end(x.seq, x.seq + 1, false); }
  status_result operator()(const thread::cleared&) const { return end(0, live().next_seq(), false); }
  status_result operator()(const thread::trimmed& x) const { return end(live().trim_point(), x.first_seq, true); }
  status_result operator()(const thread::forked& f) const {
    const auto child = thread::decode_event("created", f.header_json);
    if (!child) return child.error();
    const auto& origin = std::get<thread::created>(*child).origin;
    if (!origin) return error{errc::corrupt, "corrupt_record", "a fork has no origin", "header"};
    auto pinned = self.pins_.add(t.org, t.pk, f.child, origin->lineage);
    if (!pinned) return pinned.error();
    self.mark_pinned(*pinned);
    return ok();
  }
  status_result operator()(const thread::fork_failed& f) const { return let_go(self.pins_.fail(t.org, t.pk, f.child)); }
  status_result operator()(const thread::deleted&) const {
    if (auto ended = end(0, live().next_seq(), false); !ended) return ended;
    return let_go(self.pins_.release(t.org, e.entity.id));
  }
  status_result operator()(const thread::updated&) const { return ok(); }
  status_result operator()(const thread::fork_completed& f) const { return self.pins_.complete(t.org, t.pk, f.child); }
  status_result operator()(const thread::suspended&) const { return ok(); }
  status_result operator()(const thread::resumed&) const { return ok(); }
  status_result operator()(const thread::closed&) const { return ok(); }
  status_result operator()(const thread::noted&) const { return ok(); }
};

status_result thread_projection::apply(const entry& e, view_entity& who) {
  auto found = find(who);
  if (!found) return found.error();
  known_thread& t = **found;
  if (repairing_) applied_again_.insert(who.pk);
  if (e.event.version != t.state.version + 1)
    return error{errc::corrupt,
                 "version_gap",
                 "entry of version " + std::to_string(e.event.version) + " after version " +
                     std::to_string(t.state.version),
                 {}};
  auto event = thread::decode_event(e.event.type, e.event.body);
  if (!event) return event.error();
  if (auto fine = thread::fits(t.state, *event); !fine) return fine;
  if (auto changed = std::visit(change{*this, t, e}, *event); !changed) return changed;
  thread::apply(t.state, *event, e.event.time);
  who.wake_at = thread::wake_at(t.state);
  if (!t.dirty) {
    t.dirty = true;
    dirty_.push_back(&t);
  }
  return ok();
}

status_result thread_projection::flush() {
  for (known_thread* t : dirty_) {
    if (auto stored = store(*t); !stored) return stored;
    t->dirty = false;
  }
  dirty_.clear();
  if (threads_.size() > cached_max) threads_.clear();
  return messages_.flush();
}

status_result thread_projection::store(known_thread& t) {
  const bool present = t.state.is == presence::present;
  const std::string state = thread::encode_state(t.state);
  put_.bind(1, t.pk);
  put_.bind(2, t.org);
  put_.bind(3, present ? static_cast<int>(t.state.status) + 1 : 0);
  put_.bind(4, t.state.header.user);
  put_.bind(5, t.state.header.agent);
  put_.bind(6, t.state.header.name);
  put_.bind(7, t.state.updated_at.us);
  put_.bind(8, t.state.messages.count());
  put_.bind(9, state);
  if (auto put = put_.run(); !put) return put;
  return show_tags(t, present ? t.state.header.tags : std::vector<std::string>{});
}

status_result thread_projection::show_tags(known_thread& t, const std::vector<std::string>& tags) {
  if (tags == t.shown_tags) return ok();
  const auto change_all = [&](sqlite::statement& how, const std::vector<std::string>& which) -> status_result {
    for (const std::string& tag : which) {
      how.bind(1, t.org);
      how.bind(2, tag);
      how.bind(3, t.pk);
      if (auto changed = how.run(); !changed) return changed;
    }
    return ok();
  };
  if (auto dropped = change_all(drop_tag_, t.shown_tags); !dropped) return dropped;
  if (auto added = change_all(add_tag_, tags); !added) return added;
  t.shown_tags = tags;
  return ok();
}

void thread_projection::mark_pinned(const std::vector<std::int64_t>& threads) {
  for (const std::int64_t pk : threads)
    if (const auto at = threads_.find(pk); at != threads_.end()) at->second.pinned = true;
}

// A thread whose last pin went keeps its mark until it is forgotten: it only costs a look.
status_result thread_projection::purge(const std::vector<std::int64_t>& threads) {
  for (const std::int64_t pk : threads)
    if (auto purged = messages_.purge(pk); !purged) return purged;
  return ok();
}

} // namespace ropewalk::storage
