#include "actors/partition_owner.hpp"

#include <list>
#include <unordered_map>
#include <vector>

#include "actors/thread_actor.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::actors {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto sweep_every = std::chrono::milliseconds(1000);
constexpr std::size_t max_asked_at_once = 4096; // questions a sweep; the rest waits for the next one

struct key_hash {
  std::size_t operator()(const entity_key& k) const noexcept {
    return std::hash<std::string>{}(k.id) * 31 + std::hash<std::string>{}(k.org) + static_cast<std::size_t>(k.kind);
  }
};

struct slot {
  caf::actor entity;
  std::list<const entity_key*>::iterator recency;
  clock::time_point last_used;
  bool asked = false;                // whether it may leave
  std::vector<request_ptr> waiting;  // came while it was asked
};

struct partition_state {
  partition_settings settings;
  std::unordered_map<entity_key, slot, key_hash> active;
  std::list<const entity_key*> by_use;                          // longest unused first
  std::unordered_map<entity_key, std::uint64_t, key_hash> left; // last position of entities that the views may not have seen
  static inline const char* name = "partition";
};

using partition_actor = caf::stateful_actor<partition_state>;

slot& activate(partition_actor* self, const request& r) {
  auto& s = self->state;
  thread_birth birth{s.settings.env, r.entity, s.settings.partition, s.settings.generation, r.brand_new, s.settings.views_behind};
  if (const auto was = s.left.find(r.entity); was != s.left.end()) {
    birth.min_position = std::max(birth.min_position, was->second);
    s.left.erase(was);
  }
  const auto [at, fresh] = s.active.try_emplace(r.entity);
  at->second.entity = spawn_thread(self->system(), birth, caf::actor_cast<caf::actor>(self));
  at->second.recency = s.by_use.insert(s.by_use.end(), &at->first);
  s.settings.active_count->fetch_add(1, std::memory_order_relaxed);
  return at->second;
}

void deliver(partition_actor* self, request_ptr r) {
  auto& s = self->state;
  auto at = s.active.find(r->entity);
  slot& target = at != s.active.end() ? at->second : activate(self, *r);
  target.last_used = clock::now();
  s.by_use.splice(s.by_use.end(), s.by_use, target.recency);
  if (target.asked) target.waiting.push_back(std::move(r));
  else tell(self, target.entity, request_mail{std::move(r)});
}

void remove_slot(partition_state& s, std::unordered_map<entity_key, slot, key_hash>::iterator at) {
  end_actor(at->second.entity);
  s.by_use.erase(at->second.recency);
  s.active.erase(at);
  s.settings.active_count->fetch_sub(1, std::memory_order_relaxed);
}

void on_leave_answer(partition_actor* self, const leave_answer& a) {
  auto& s = self->state;
  const auto at = s.active.find(a.who);
  if (at == s.active.end() || !at->second.asked) return; // of an actor that is gone
  at->second.asked = false;
  std::vector<request_ptr> waiting = std::move(at->second.waiting);
  at->second.waiting.clear();
  if (a.leaves) {
    if (a.last_position > 0) s.left[a.who] = a.last_position;
    remove_slot(s, at);
  }
  for (request_ptr& r : waiting) deliver(self, std::move(r));
}

void ask_to_leave(partition_actor* self, slot& target) {
  if (target.asked) return;
  target.asked = true;
  tell(self, target.entity, ask_leave_atom_v);
}

std::size_t over_count(const partition_state& s) {
  return s.active.size() > s.settings.max_active ? s.active.size() - s.settings.max_active : 0;
}

// This partition's share of the entities that hold too much between them, as if all were of one size.
std::size_t over_bytes(const partition_state& s) {
  const std::uint64_t held = s.settings.env->held_bytes.load(std::memory_order_relaxed);
  if (held <= limits::held_bytes) return 0;
  return s.active.size() * (held - limits::held_bytes) / held + 1;
}

void sweep(partition_actor* self) {
  auto& s = self->state;
  const auto now = clock::now();
  std::size_t over_budget = std::max(over_count(s), over_bytes(s));
  std::size_t asked = 0;
  for (const entity_key* key : s.by_use) {
    slot& target = s.active.at(*key);
    const bool idle = now - target.last_used >= s.settings.idle_after;
    if ((!idle && over_budget == 0) || asked == max_asked_at_once) break;
    if (over_budget > 0) --over_budget;
    ask_to_leave(self, target);
    ++asked;
  }
  // What the views have seen needs no waiting any more.
  const std::uint64_t seen = s.settings.env->stored.views_position();
  std::erase_if(s.left, [&](const auto& l) { return l.second <= seen; });
  tell_after(self, sweep_every, caf::actor_cast<caf::actor>(self), sweep_atom_v);
}

void on_journal_failed(partition_actor* self, const journal_failed& f) {
  auto& s = self->state;
  if (f.generation <= s.settings.generation) return;
  s.settings.generation = f.generation;
  s.settings.views_behind = s.settings.env->journal.durable_position();
  std::vector<request_ptr> waiting;
  while (!s.active.empty()) {
    auto at = s.active.begin();
    std::move(at->second.waiting.begin(), at->second.waiting.end(), std::back_inserter(waiting));
    remove_slot(s, at);
  }
  s.left.clear();
  for (request_ptr& r : waiting) deliver(self, std::move(r));
}

caf::behavior partition_owner(partition_actor* self, partition_settings settings) {
  self->state.settings = settings;
  tell_after(self, sweep_every, caf::actor_cast<caf::actor>(self), sweep_atom_v);
  return {
      [self](request_mail& m) { deliver(self, std::move(m.r)); },
      [self](const leave_answer& a) { on_leave_answer(self, a); },
      [self](sweep_atom) { sweep(self); },
      [self](const load_failed& f) {
        if (const auto at = self->state.active.find(f.who); at != self->state.active.end()) ask_to_leave(self, at->second);
      },
      [self](const journal_failed& f) { on_journal_failed(self, f); },
  };
}

} // namespace

caf::actor spawn_partition_owner(caf::actor_system& system, const partition_settings& settings) {
  return system.spawn(partition_owner, settings);
}

} // namespace ropewalk::actors
