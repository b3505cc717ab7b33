#include "storage/view_repair.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace ropewalk::storage {

namespace {

constexpr std::size_t history_piece = 1024; // entries read at once
constexpr auto every_version = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

} // namespace

result<repair_plan> repair_planner::plan() {
  const auto news = journal_.cut_since(cut_, applied_);
  if (!news) return news.error();
  plan_.last_cut = news->last_cut;
  for (const cut_entity& c : news->entities) lost_[c.who] = c.first_version;
  for (const auto& [who, version] : lost_) {
    if (family_.contains(who)) continue;
    const auto known = entities_.find(who);
    if (!known) return known.error();
    if (!*known) continue;
    bool alone = true;
    if (who.kind == entity_kind::thread) {
      bool pinned = false;
      const auto tied = tied_by_rows(who, **known, pinned);
      if (!tied) return tied.error();
      const auto h = read_history(who, **known, version);
      if (!h) return h.error();
      alone = !pinned && !h->forks && !h->lost_origin && !(h->has_origin && h->deleted);
    }
    if (auto added = alone ? add(who, version) : add_family(who); !added) return added.error();
  }
  std::sort(plan_.positions.begin(), plan_.positions.end());
  return std::move(plan_);
}

status_result repair_planner::add(const entity_key& who, std::uint64_t end) {
  const auto known = entities_.find(who);
  if (!known) return known.error();
  if (!*known || !plan_.entities.emplace(who, **known).second) return ok();
  const auto positions = entities_.positions(**known, end);
  if (!positions) return positions.error();
  plan_.positions.insert(plan_.positions.end(), positions->begin(), positions->end());
  if (plan_.positions.size() <= entries_max) return ok();
  return error{errc::internal, "views_damaged", "too much follows from entries that were cut off the journal", {}};
}

status_result repair_planner::add_family(const entity_key& first) {
  std::vector<entity_key> next{first};
  family_.insert(first);
  const auto meet = [&](const std::string& id) {
    entity_key relative{first.org, entity_kind::thread, id};
    if (family_.insert(relative).second) next.push_back(std::move(relative));
  };
  while (!next.empty()) {
    const entity_key who = std::move(next.back());
    next.pop_back();
    const auto known = entities_.find(who);
    if (!known) return known.error();
    if (!*known) continue;
    const auto lost = lost_.find(who);
    const std::uint64_t end = lost == lost_.end() ? every_version : lost->second;
    if (auto added = add(who, end); !added) return added;
    bool pinned = false;
    const auto tied = tied_by_rows(who, **known, pinned);
    if (!tied) return tied.error();
    const auto h = read_history(who, **known, end);
    if (!h) return h.error();
    for (const std::string& id : *tied) meet(id);
    for (const std::string& id : h->related) meet(id);
    for (const std::string& id : h->children) plan_.forks.emplace(who, id);
  }
  return ok();
}

// Threads whose forks pin this one's rows or have it for their child.
result<std::vector<std::string>> repair_planner::tied_by_rows(const entity_key& who, const view_entity& known,
                                                              bool& pinned) {
  auto rows = db_.prepare({"threads_tied",
                           "SELECT e.id, 1 FROM pins p JOIN forks f ON f.pk = p.fork JOIN entities e ON e.pk = f.forker"
                           " WHERE p.ancestor = ?1 UNION SELECT e.id, 0 FROM forks f JOIN entities e ON e.pk = f.forker"
                           " WHERE f.org = ?2 AND f.child = ?3"});
  if (!rows) return rows.error();
  rows->bind(1, known.pk);
  rows->bind(2, known.org);
  rows->bind(3, who.id);
  std::vector<std::string> tied;
  while (true) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return tied;
    tied.emplace_back(rows->text(0));
    pinned = pinned || rows->integer(1) != 0;
  }
}

result<repair_planner::history> repair_planner::read_history(const entity_key& who, const view_entity& known,
                                                             std::uint64_t end) {
  history h;
  const auto positions = entities_.positions(known, end);
  if (!positions) return positions.error();
  for (std::span<const std::uint64_t> left{*positions}; !left.empty();) {
    const auto piece = left.first(std::min(left.size(), history_piece));
    const auto entries = journal_.read_at(piece);
    if (!entries) return entries.error();
    for (const entry& e : *entries) note(e, false, h);
    left = left.subspan(piece.size());
  }
  if (!lost_.contains(who)) return h;
  const auto gone = journal_.cut_entries(cut_, applied_, who);
  if (!gone) return gone.error();
  for (const entry& e : *gone) note(e, true, h);
  return h;
}

void repair_planner::note(const entry& e, bool lost, history& h) {
  const bool may_matter = e.event.type == "created" || e.event.type == "forked" || e.event.type == "fork_failed" ||
                          e.event.type == "deleted";
  if (!may_matter) return;
  const auto event = thread::decode_event(e.event.type, e.event.body);
  if (!event) return; // it shows nothing, and is kept as a fault
  const auto meet_all = [&h](const thread::fork_origin& origin) {
    for (const auto& a : origin.lineage) h.related.push_back(a.thread);
  };
  if (std::holds_alternative<thread::deleted>(*event)) h.deleted = true;
  if (const auto* failed = std::get_if<thread::fork_failed>(&*event)) {
    h.forks = true;
    h.related.push_back(failed->child);
  }
  if (const auto* c = std::get_if<thread::created>(&*event); c && c->origin) {
    h.has_origin = true;
    h.lost_origin = h.lost_origin || lost;
    meet_all(*c->origin);
  }
  if (const auto* f = std::get_if<thread::forked>(&*event)) {
    h.forks = true;
    h.related.push_back(f->child);
    h.children.push_back(f->child);
    const auto child = thread::decode_event("created", f->header_json);
    if (!child) return;
    if (const auto& origin = std::get<thread::created>(*child).origin) meet_all(*origin);
  }
}

} // namespace ropewalk::storage
