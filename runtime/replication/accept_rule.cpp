#include "runtime/replication/accept_rule.hpp"

#include <algorithm>

#include "runtime/replication/configuration.hpp"

namespace ropewalk::replication {

std::string_view name(verdict v) noexcept {
  switch (v) {
  case verdict::accepted: return "accepted";
  case verdict::after_seal: return "after_seal";
  case verdict::stale_epoch: return "stale_epoch";
  case verdict::not_next: return "not_next";
  case verdict::misplaced: return "misplaced";
  case verdict::malformed: return "malformed";
  }
  return "unknown";
}

bool linked(const chain_point& base, std::uint64_t epoch, const std::vector<entry_ptr>& entries) {
  std::uint64_t index = base.index;
  const digest* before = &base.hash;
  for (const entry_ptr& e : entries) {
    if (e->index != index + 1 || e->epoch != epoch || e->prev_hash != *before) return false;
    index = e->index;
    before = &e->hash;
  }
  return true;
}

bool chained(const chain_point& base, std::uint64_t epoch, const std::vector<entry_ptr>& entries,
             entry_hasher hash_of) {
  return linked(base, epoch, entries) &&
         std::all_of(entries.begin(), entries.end(), [&](const entry_ptr& e) { return hash_of(*e) == e->hash; });
}

namespace {

bool holds_what_its_kind_does(const record& r) {
  switch (r.kind) {
  case record_kind::genesis:
  case record_kind::open:
    return r.entries.size() == 1 && r.entries.front()->entity.kind == entity_kind::partition &&
           !names_members(*r.entries.front()) && !r.owner.empty();
  case record_kind::members:
    return r.entries.size() == 1 && names_members(*r.entries.front()) && read_members(*r.entries.front());
  case record_kind::data:
    return !r.entries.empty() && r.entries.size() <= record_limits::entries &&
           std::none_of(r.entries.begin(), r.entries.end(),
                        [](const entry_ptr& e) { return e->entity.kind == entity_kind::partition; });
  case record_kind::seal: return r.entries.empty();
  }
  return false;
}

verdict judge(const stream_fold& fold, const record& r) {
  if (fold.sealed) return verdict::after_seal;
  if (!fold.begun)
    return r.kind == record_kind::genesis && r.epoch == fold.generation ? verdict::accepted : verdict::misplaced;
  switch (r.kind) {
  case record_kind::genesis: return verdict::misplaced;
  case record_kind::seal: return r.epoch > fold.head.epoch ? verdict::accepted : verdict::stale_epoch;
  case record_kind::open:
    if (r.epoch <= fold.head.epoch) return verdict::stale_epoch;
    return r.base == fold.head ? verdict::accepted : verdict::not_next;
  case record_kind::data:
  case record_kind::members:
    if (r.epoch != fold.head.epoch) return verdict::stale_epoch;
    return r.base == fold.head ? verdict::accepted : verdict::not_next;
  }
  return verdict::malformed;
}

} // namespace

verdict follow(stream_fold& fold, const record& r, entry_hasher hash_of) {
  if (!holds_what_its_kind_does(r)) return verdict::malformed;
  if (const verdict v = judge(fold, r); v != verdict::accepted) return v;
  if (!chained(r.base, r.epoch, r.entries, hash_of)) return verdict::malformed;
  fold.begun = true;
  if (r.kind == record_kind::seal) fold.sealed = true;
  else fold.head = point_of(*r.entries.back());
  return verdict::accepted;
}

} // namespace ropewalk::replication
