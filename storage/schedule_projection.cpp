#include "storage/schedule_projection.hpp"

namespace ropewalk::storage {
namespace {

bool is_expecting(const schedule::schedule_instance& s) {
  const bool used_up = s.spec->max_runs && schedule::runs_taken(s) >= *s.spec->max_runs;
  return (!s.paused && !used_up) || !s.running.empty() || !s.waiting.empty();
}

} // namespace

status_result schedule_projection::open(sqlite::connection& db) {
  forget();
  return db.prepare_all({
      {find_, {"find_schedule_state", "SELECT state FROM schedules WHERE pk = ?1"}},
      {put_, {"put_schedule", "INSERT OR REPLACE INTO schedules VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"}},
      {remove_, {"remove_schedule", "DELETE FROM schedules WHERE pk = ?1"}},
  });
}

void schedule_projection::forget() {
  dirty_.clear();
  schedules_.clear();
}

result<schedule_projection::known_schedule*> schedule_projection::find(const entry& e, const view_entity& who) {
  const auto at = schedules_.find(who.pk);
  if (at != schedules_.end()) return &at->second;
  known_schedule s;
  s.pk = who.pk;
  s.org = who.org;
  s.name = e.entity.id;
  find_.bind(1, who.pk);
  auto row = find_.step();
  if (!row) return row.error();
  if (*row) {
    auto state = schedule::decode_state(find_.text(0));
    find_.reset();
    if (!state)
      return error{errc::internal, "views_damaged", "a schedule's row cannot be read: " + state.error().detail, {}};
    s.state = *std::move(state);
  } else {
    s.state.version = e.event.version - 1; // a deleted one's name: versions go on
  }
  return &schedules_.emplace(who.pk, std::move(s)).first->second;
}

status_result schedule_projection::apply(const entry& e, view_entity& who) {
  auto found = find(e, who);
  if (!found) return found.error();
  known_schedule& s = **found;
  entry_draft plain = e.event;
  plain.idempotency.reset();
  if (auto applied = schedule::apply_entry(s.state, plain); !applied) return applied;
  if (!s.dirty) {
    s.dirty = true;
    dirty_.push_back(&s);
  }
  return ok();
}

status_result schedule_projection::flush() {
  for (known_schedule* s : dirty_) {
    if (auto stored = store(*s); !stored) return stored;
    s->dirty = false;
  }
  dirty_.clear();
  if (schedules_.size() > cached_max) schedules_.clear();
  return ok();
}

status_result schedule_projection::store(const known_schedule& s) {
  if (!s.state.spec) {
    remove_.bind(1, s.pk);
    return remove_.run();
  }
  const std::string state = schedule::encode_state(s.state);
  put_.bind(1, s.pk);
  put_.bind(2, s.org);
  put_.bind(3, s.name);
  put_.bind(4, s.state.spec->start.definition);
  put_.bind(5, s.state.paused ? 1 : 0);
  put_.bind(6, is_expecting(s.state) ? 1 : 0);
  put_.bind(7, state);
  return put_.run();
}

status_result schedule_projection::remove(const entity_key&, const view_entity& who) {
  schedules_.erase(who.pk);
  remove_.bind(1, who.pk);
  return remove_.run();
}

} // namespace ropewalk::storage
