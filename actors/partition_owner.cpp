#include "actors/partition_owner.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/down_entities.hpp"
#include "actors/entity_actor.hpp"
#include "actors/log.hpp"
#include "actors/pending_write.hpp"
#include "runtime/limits.hpp"
#include "runtime/restart_policy.hpp"
#include "storage/failpoint.hpp"

namespace ropewalk::actors {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto sweep_every = std::chrono::milliseconds(1000);
constexpr std::size_t max_asked_at_once = 4096; // questions a sweep; the rest waits for the next one
constexpr std::size_t max_waiting = 4096;       // requests at one entity's door (I10)
// Requests whose entities could not be loaded, or take no more: a partition's, and those that a sweep brings again. Whatever keeps one
// entity from being loaded (views that cannot follow, mostly) keeps others as well.
constexpr std::size_t max_resting = 4096, max_asked_again = 64;
constexpr unsigned max_in_vain = 3;
constexpr auto parked_for = std::chrono::seconds(limits::restart_window_s);

struct key_hash {
  std::size_t operator()(const entity_key& k) const noexcept {
    return std::hash<std::string>{}(k.id) * 31 + std::hash<std::string>{}(k.org) + static_cast<std::size_t>(k.kind);
  }
};

struct crash_record {
  restart_policy restarts;
  bool down = false;                    // no actor: it crashed and was not started again yet
  std::uint64_t number = 0;             // of the newest crash, in the partition's count
  std::optional<std::int64_t> pause_us; // until then; absent: parked
  bool to_be_recorded = false;          // a workflow's: it is parked by an event of its own, which its operator sees
  unsigned in_vain = 0;                 // how often it crashed before that was known to be recorded
  std::string why;
};

struct slot {
  caf::actor entity;
  std::list<const entity_key*>::iterator recency;
  clock::time_point last_used;
  bool asked = false;                  // whether it may leave
  std::vector<request_ptr> waiting;    // came while it was asked, or is down
  std::unique_ptr<crash_record> crash; // null for those that never crashed
  bool down() const { return crash && crash->down; }
};

struct partition_state {
  partition_state() = default;
  // An alarm that an entity has set keeps its actor alive: entities end with their partition, not when it rings.
  ~partition_state() {
    for (const auto& [who, at] : active)
      if (at.entity) end_actor(at.entity);
  }

  partition_settings settings;
  std::unordered_map<entity_key, slot, key_hash> active;
  std::list<const entity_key*> by_use; // longest unused first
  std::unordered_map<entity_key, std::uint64_t, key_hash>
      left; // last position of entities that the views may not have seen
  std::uint64_t crashes = 0;
  std::unordered_set<entity_key, key_hash> down; // crashed, and not started again yet
  std::deque<request_ptr> resting;               // until a sweep
  bool serving = true;
  bool draining =
      false; // about to be handed over: what comes is served if it comes to nothing, else it is to be asked again
  std::vector<request_ptr> held;
  static inline const char* name = "partition";
};

using partition_actor = caf::stateful_actor<partition_state>;

caf::actor start(partition_actor* self, const entity_key& who, bool brand_new, std::uint64_t min_position) {
  auto& s = self->state;
  entity_birth birth{s.settings.env,        who,       s.settings.partition,
                     s.settings.generation, brand_new, std::max(s.settings.views_behind, min_position)};
  if (const auto was = s.left.find(who); was != s.left.end()) {
    birth.min_position = std::max(birth.min_position, was->second);
    s.left.erase(was);
  }
  return spawn_entity(self->system(), birth, caf::actor_cast<caf::actor>(self));
}

slot& activate(partition_actor* self, const request& r) {
  auto& s = self->state;
  const auto [at, fresh] = s.active.try_emplace(r.entity);
  at->second.entity = start(self, r.entity, r.brand_new, 0);
  at->second.recency = s.by_use.insert(s.by_use.end(), &at->first);
  s.settings.active_count->fetch_add(1, std::memory_order_relaxed);
  return at->second;
}

const error partition_elsewhere{
    errc::unavailable, "not_owner", "nothing was done: this node does not own the partition (any more); try again", {}};

// Beyond the bound it is lost, as if this node had died before it was asked.
void rest(partition_state& s, request_ptr r) {
  if (s.resting.size() < max_resting) return s.resting.push_back(std::move(r));
  log_line(log_level::warn, "an entity is not told something: it cannot take it now, as too many others",
           {{"kind", std::string(name(r->entity.kind))}, {"org", r->entity.org}, {"id", r->entity.id}});
}

void wait_at(partition_state& s, slot& target, request_ptr r) {
  const bool parked = target.down() && !target.crash->pause_us, nobody = r->of_nobody();
  if ((!parked || nobody) && target.waiting.size() < max_waiting) return target.waiting.push_back(std::move(r));
  if (nobody) return rest(s, std::move(r));
  if (parked)
    return r->refuse(
        {errc::unavailable, "entity_crashed", "it crashed too often and rests for a while: " + target.crash->why, {}});
  r->refuse({errc::busy, "entity_busy", "too many requests wait for this entity; try again", {}});
}

void deliver(partition_actor* self, request_ptr r) {
  auto& s = self->state;
  if (!s.serving) return r->refuse(partition_elsewhere);
  if (std::exchange(r->rests, false)) return rest(s, std::move(r));
  if (s.draining) {
    if (s.held.size() >= max_waiting)
      return r->refuse({errc::busy, "partition_moves", "the partition is handed over to another node; try again", {}});
    return s.held.push_back(std::move(r));
  }
  auto at = s.active.find(r->entity);
  slot& target = at != s.active.end() ? at->second : activate(self, *r);
  target.last_used = clock::now();
  s.by_use.splice(s.by_use.end(), s.by_use, target.recency);
  if (target.asked || target.down()) wait_at(s, target, std::move(r));
  else tell(self, target.entity, request_mail{std::move(r)});
}

void remove_slot(partition_state& s, std::unordered_map<entity_key, slot, key_hash>::iterator at) {
  if (at->second.entity) end_actor(at->second.entity);
  s.by_use.erase(at->second.recency);
  s.active.erase(at);
  s.settings.active_count->fetch_sub(1, std::memory_order_relaxed);
}

// Messages may come from an actor that was dropped meanwhile, when another one is active under its name.
bool is_from(partition_actor* self, const slot& target) {
  return target.entity && self->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(target.entity);
}

void on_leave_answer(partition_actor* self, const leave_answer& a) {
  auto& s = self->state;
  const auto at = s.active.find(a.who);
  if (at == s.active.end() || !at->second.asked || !is_from(self, at->second)) return;
  at->second.asked = false;
  std::vector<request_ptr> waiting = std::move(at->second.waiting);
  at->second.waiting.clear();
  if (a.leaves) {
    FAILPOINT("entity.leaving");
    if (a.last_position > 0) s.left[a.who] = a.last_position;
    remove_slot(s, at);
  }
  for (request_ptr& r : waiting) deliver(self, std::move(r));
}

// What it had decided and not yet handed over is lost with it, and was promised to nobody. What it did hand
// to the journal has to be durable before the entity is read again.
void on_crashed(partition_actor* self, const entity_crashed& c) {
  auto& s = self->state;
  const auto at = s.active.find(c.who);
  if (at == s.active.end() || !is_from(self, at->second)) return;
  slot& target = at->second;
  if (!target.crash) target.crash = std::make_unique<crash_record>();
  crash_record& crash = *target.crash;
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(clock::now().time_since_epoch()).count();
  end_actor(target.entity);
  target.entity = nullptr;
  target.asked = false;
  crash.down = true;
  s.down.insert(c.who);
  crash.number = ++s.crashes;
  crash.why = c.why;
  crash.pause_us = crash.restarts.after_crash(now_us);
  if (crash.to_be_recorded && ++crash.in_vain == max_in_vain) {
    crash.to_be_recorded = false;
    crash.pause_us.reset(); // it cannot even take that
  } else if (crash.to_be_recorded) {
    crash.pause_us = restart_policy::first_pause_us; // perhaps it did, and crashed of what came behind
  } else if (!crash.pause_us && c.who.kind == entity_kind::workflow) {
    crash.to_be_recorded = true;
    crash.in_vain = 0;
    crash.pause_us = restart_policy::first_pause_us;
  }
  log_line(log_level::error,
           crash.pause_us && !crash.to_be_recorded ? "an entity crashed and is started again"
                                                   : "an entity crashed too often and is parked",
           {{"kind", std::string(name(c.who.kind))}, {"org", c.who.org}, {"id", c.who.id}, {"reason", c.why}});
  if (!crash.pause_us) {
    auto& env = *s.settings.env;
    env.down.add(c.who, s.settings.partition, down_entities::how::rests, c.why, env.around.look().now);
    for (request_ptr& r : std::exchange(target.waiting, {})) wait_at(s, target, std::move(r)); // refuses
  }
  storage::submission barrier{c.who, s.settings.partition, s.settings.generation, {}, {}, nullptr};
  barrier.listener =
      std::make_unique<read_barrier>([env = s.settings.env, who = c.who, number = crash.number,
                                      address = caf::actor_cast<caf::weak_actor_ptr>(self)](const status_result&) {
        const auto owner = caf::actor_cast<caf::actor>(address);
        if (owner) post(owner, entity_settled{who, number, env->journal.durable_position(), false});
      });
  // If it is refused because the generation is over, all were dropped before that was told. If it is a read of a member
  // that has too many of them, all that was handed over is on the disk all the same.
  s.settings.env->journal.submit(std::move(barrier));
}

void on_settled(partition_actor* self, const entity_settled& e) {
  auto& s = self->state;
  const auto at = s.active.find(e.who);
  if (at == s.active.end() || !at->second.down() || at->second.crash->number != e.crash) return;
  slot& target = at->second;
  if (!e.rested) {
    const auto pause = target.crash->pause_us ? std::chrono::milliseconds(*target.crash->pause_us / 1000)
                                              : std::chrono::milliseconds(parked_for);
    return tell_after(self, pause, caf::actor_cast<caf::actor>(self), entity_settled{e.who, e.crash, e.position, true});
  }
  target.crash->down = false;
  s.down.erase(e.who);
  target.entity = start(self, e.who, false, e.position);
  if (target.crash->to_be_recorded) { // first, before it does again what it crashes of
    auto park = std::make_shared<request>();
    park->entity = e.who;
    park->what = workflow::command{workflow::crash{target.crash->why, limits::restarts}};
    park->on_done = [who = e.who, number = e.crash, address = caf::actor_cast<caf::weak_actor_ptr>(self)] {
      if (const auto owner = caf::actor_cast<caf::actor>(address)) post(owner, entity_parked{who, number});
    };
    tell(self, target.entity, request_mail{std::move(park)});
  }
  // It begins with its first message, and what it was about to do does not wait for somebody's request.
  tell(self, target.entity, entity_task{std::make_shared<entity_mail::task>([](active_entity&) {})});
  for (request_ptr& r : std::exchange(target.waiting, {})) tell(self, target.entity, request_mail{std::move(r)});
}

// From here on it is its operator's: who says "go on" gives it as many tries as at first.
void on_parked(partition_actor* self, const entity_parked& p) {
  const auto at = self->state.active.find(p.who);
  if (at == self->state.active.end() || !at->second.crash || at->second.crash->number != p.crash) return;
  at->second.crash->to_be_recorded = false;
  at->second.crash->restarts.forget();
}

void ask_to_leave(partition_actor* self, slot& target) {
  if (target.asked || target.down()) return;
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
  // Nobody works on what waits here, perhaps for long.
  const auto overdue = [](const request_ptr& r) { return r->refuse_if_overdue(); };
  std::erase_if(s.held, overdue);
  for (const entity_key& who : s.down) std::erase_if(s.active.at(who).waiting, overdue);
  for (std::size_t again = std::min(s.resting.size(), max_asked_again); again > 0; --again) {
    request_ptr r = std::move(s.resting.front());
    s.resting.pop_front();
    deliver(self, std::move(r));
  }
  // What the views have seen needs no waiting any more.
  const std::uint64_t seen = s.settings.env->stored.views_position();
  std::erase_if(s.left, [&](const auto& l) { return l.second <= seen; });
  tell_after(self, sweep_every, caf::actor_cast<caf::actor>(self), sweep_atom_v);
}

// All entities go; who waited at their doors.
std::vector<request_ptr> forget_all(partition_state& s) {
  std::vector<request_ptr> waiting = std::exchange(s.held, {});
  while (!s.active.empty()) {
    auto at = s.active.begin();
    std::move(at->second.waiting.begin(), at->second.waiting.end(), std::back_inserter(waiting));
    remove_slot(s, at);
  }
  s.left.clear();
  s.down.clear();
  s.settings.env->down.forget(s.settings.partition);
  return waiting;
}

void on_journal_failed(partition_actor* self, const journal_failed& f) {
  auto& s = self->state;
  if (f.generation <= s.settings.generation) return;
  s.settings.generation = f.generation;
  s.settings.views_behind = s.settings.env->journal.durable_position();
  for (request_ptr& r : forget_all(s)) deliver(self, std::move(r));
}

void on_served(partition_actor* self, const partition_served& p) {
  auto& s = self->state;
  const std::vector<request_ptr> waiting = forget_all(s);
  s.settings.generation = p.generation;
  s.settings.views_behind = p.views_behind;
  s.serving = true;
  s.draining = false;
  for (const request_ptr& r : waiting) deliver(self, r);
}

void on_draining(partition_actor* self, const partition_draining& d) {
  auto& s = self->state;
  s.draining = d.on && s.serving;
  if (s.draining) return;
  for (request_ptr& r : std::exchange(s.held, {})) deliver(self, std::move(r));
}

void on_lost(partition_actor* self, const partition_lost& p) {
  auto& s = self->state;
  if (!s.serving || p.generation != s.settings.generation) return;
  s.serving = s.draining = false;
  s.resting.clear(); // who serves it next wakes what has something to do
  for (const request_ptr& r : forget_all(s)) r->refuse(partition_elsewhere);
}

caf::behavior partition_owner(partition_actor* self, partition_settings settings) {
  self->state.settings = settings;
  self->state.serving = !settings.of_cluster;
  tell_after(self, sweep_every, caf::actor_cast<caf::actor>(self), sweep_atom_v);
  return {
      [self](request_mail& m) { deliver(self, std::move(m.r)); },
      [self](const leave_answer& a) { on_leave_answer(self, a); },
      [self](sweep_atom) { sweep(self); },
      [self](const load_failed& f) {
        const auto at = self->state.active.find(f.who);
        if (at != self->state.active.end() && is_from(self, at->second)) ask_to_leave(self, at->second);
      },
      [self](const entity_crashed& c) { on_crashed(self, c); },
      [self](const entity_settled& e) { on_settled(self, e); },
      [self](const entity_parked& p) { on_parked(self, p); },
      [self](const journal_failed& f) { on_journal_failed(self, f); },
      [self](const partition_served& p) { on_served(self, p); },
      [self](const partition_lost& p) { on_lost(self, p); },
      [self](const partition_draining& d) { on_draining(self, d); },
  };
}

} // namespace

caf::actor spawn_partition_owner(caf::actor_system& system, const partition_settings& settings) {
  return system.spawn(partition_owner, settings);
}

} // namespace ropewalk::actors
