#include "actors/entity_actor.hpp"

#include <exception>

#include "runtime/invariant.hpp"

namespace ropewalk::actors {
namespace {

struct entity_actor_state {
  std::unique_ptr<active_entity> entity;
  caf::actor partition;
  static inline const char* name = "entity";
};

using entity_actor = caf::stateful_actor<entity_actor_state>;

template <class Work>
void guarded(entity_actor* self, Work work) {
  auto& s = self->state;
  try {
    work(*s.entity);
    s.entity->count_bytes();
  } catch (const std::exception& e) {
    tell(self, s.partition, entity_crashed{s.entity->who(), e.what()});
    self->quit(caf::exit_reason::unhandled_exception);
  }
}

caf::behavior run_entity(entity_actor* self, entity_birth birth, caf::actor partition) {
  // Weak: a callback that is never called must not keep the actor alive (platform notes, 6).
  const auto address = caf::actor_cast<caf::weak_actor_ptr>(self);
  auto& s = self->state;
  s.partition = std::move(partition);
  const auto post_task = [address](entity_mail::task f) {
    const auto strong = caf::actor_cast<caf::actor>(address);
    if (strong) post(strong, entity_task{std::make_shared<entity_mail::task>(std::move(f))});
  };
  const auto post_task_later = [address](std::chrono::milliseconds delay, entity_mail::task f) {
    const auto strong = caf::actor_cast<caf::actor>(address);
    if (strong) post_after(delay, strong, entity_task{std::make_shared<entity_mail::task>(std::move(f))});
  };
  s.entity = make_entity(birth, {post_task, post_task_later});
  INVARIANT(s.entity != nullptr, static_cast<int>(birth.who.kind));
  guarded(self, [&](active_entity& e) {
    if (birth.brand_new) e.begin_empty();
    else e.begin_loading(birth.min_position);
  });
  return {
      [self](request_mail& m) { guarded(self, [&](active_entity& e) { e.receive(std::move(m.r)); }); },
      [self](entity_task& t) {
        guarded(self, [&](active_entity& e) {
          (*t.run)(e);
          if (e.broken()) tell(self, self->state.partition, load_failed{e.who()});
        });
      },
      [self](ask_leave_atom) {
        const active_entity& e = *self->state.entity;
        tell(self, self->state.partition, leave_answer{e.who(), e.may_leave(), e.durable_position()});
      },
  };
}

} // namespace

caf::actor spawn_entity(caf::actor_system& system, const entity_birth& birth, const caf::actor& partition) {
  return system.spawn<caf::lazy_init>(run_entity, birth, partition);
}

} // namespace ropewalk::actors
