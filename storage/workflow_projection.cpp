#include "storage/workflow_projection.hpp"

#include <cmath>

namespace ropewalk::storage {
namespace {

std::string number_text(const workflow::json_value& value) {
  if (!value.is_number_float()) return value.dump();
  constexpr double two_to_63 = 9223372036854775808.0;
  const double number = value.get<double>();
  if (number != std::trunc(number)) return value.dump();
  if (number >= -two_to_63 && number < two_to_63) return std::to_string(static_cast<std::int64_t>(number));
  if (number >= 0 && number < 2 * two_to_63) return std::to_string(static_cast<std::uint64_t>(number));
  return value.dump();
}

} // namespace

std::string attribute_text(const workflow::json_value& value) {
  if (value.is_string()) return "s" + value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "b1" : "b0";
  if (value.is_number()) return "n" + number_text(value);
  return {};
}

status_result workflow_projection::open(sqlite::connection& db) {
  forget();
  return db.prepare_all({
      {find_, {"find_workflow_summary", "SELECT summary FROM workflows WHERE pk = ?1"}},
      {put_,
       {"put_workflow", "INSERT INTO workflows VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                        " ON CONFLICT(pk) DO UPDATE SET status = ?5, updated_at = ?7, phase = ?10, error = ?11,"
                        " outstanding = ?12, summary = ?13"}},
      {drop_attribute_,
       {"drop_workflow_attribute",
        "DELETE FROM workflow_attributes WHERE org = ?1 AND name = ?2 AND value = ?3 AND workflow = ?4"}},
      {remove_, {"remove_workflow", "DELETE FROM workflows WHERE pk = ?1"}},
      {add_attribute_, {"add_workflow_attribute", "INSERT OR IGNORE INTO workflow_attributes VALUES(?1, ?2, ?3, ?4)"}},
  });
}

void workflow_projection::forget() {
  dirty_.clear();
  workflows_.clear();
}

result<workflow_projection::known_workflow*> workflow_projection::find(const view_entity& who) {
  const auto at = workflows_.find(who.pk);
  if (at != workflows_.end()) return &at->second;
  known_workflow w;
  w.pk = who.pk;
  w.org = who.org;
  find_.bind(1, who.pk);
  auto row = find_.step();
  if (!row) return row.error();
  if (*row) {
    auto summary = decode_summary(find_.text(0));
    find_.reset();
    if (!summary)
      return error{errc::internal, "views_damaged", "a workflow's row cannot be read: " + summary.error().detail, {}};
    w.summary = *std::move(summary);
    w.shown = true;
  }
  return &workflows_.emplace(who.pk, std::move(w)).first->second;
}

status_result workflow_projection::apply(const entry& e, view_entity& who) {
  auto found = find(who);
  if (!found) return found.error();
  known_workflow& w = **found;
  if (auto applied = apply_entry(w.summary, e.event); !applied) return applied;
  who.wake_at = wake_at(w.summary);
  if (!w.dirty) {
    w.dirty = true;
    dirty_.push_back(&w);
  }
  return ok();
}

status_result workflow_projection::flush() {
  for (known_workflow* w : dirty_) {
    if (auto stored = store(*w); !stored) return stored;
    w->dirty = false;
  }
  dirty_.clear();
  if (workflows_.size() > cached_max) workflows_.clear();
  return ok();
}

status_result workflow_projection::store(known_workflow& w) {
  const workflow_summary& s = w.summary;
  const std::string phase = current_phase(s), summary = encode(s);
  put_.bind(1, w.pk);
  put_.bind(2, w.org);
  put_.bind(3, s.definition);
  put_.bind(4, std::int64_t{s.definition_version});
  put_.bind(5, static_cast<int>(s.status));
  put_.bind(6, s.created_at.us);
  put_.bind(7, s.updated_at.us);
  if (s.parent) put_.bind(8, s.parent->workflow);
  else put_.bind_null(8);
  if (s.branched_from) put_.bind(9, s.branched_from->workflow);
  else put_.bind_null(9);
  put_.bind(10, phase);
  put_.bind(11, s.why.code);
  put_.bind(12, waits_for_children(s) ? 2 : needs_recovery(s) ? 1 : 0);
  put_.bind(13, summary);
  if (auto put = put_.run(); !put) return put;
  if (w.shown) return ok();
  for (const auto& [name, value] : s.attributes.items()) {
    const std::string text = attribute_text(value);
    add_attribute_.bind(1, w.org);
    add_attribute_.bind(2, name);
    add_attribute_.bind(3, text);
    add_attribute_.bind(4, w.pk);
    if (auto added = add_attribute_.run(); !added) return added;
  }
  w.shown = true;
  return ok();
}

status_result workflow_projection::remove(const entity_key&, const view_entity& who) {
  const auto found = find(who);
  if (!found) return found.error();
  for (const auto& [name, value] : (*found)->summary.attributes.items()) {
    const std::string text = attribute_text(value);
    drop_attribute_.bind(1, who.org);
    drop_attribute_.bind(2, name);
    drop_attribute_.bind(3, text);
    drop_attribute_.bind(4, who.pk);
    if (auto dropped = drop_attribute_.run(); !dropped) return dropped;
  }
  workflows_.erase(who.pk);
  remove_.bind(1, who.pk);
  return remove_.run();
}

} // namespace ropewalk::storage
