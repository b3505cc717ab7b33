#include "actors/thread_actor.hpp"

#include "actors/thread_entity.hpp"

namespace ropewalk::actors {
namespace {

struct thread_actor_state {
  std::unique_ptr<thread_entity> entity;
  static inline const char* name = "thread";
};

caf::behavior thread_actor(caf::stateful_actor<thread_actor_state>* self, thread_birth birth, caf::actor partition) {
  // Weak: a callback that is never called must not keep the actor alive (platform notes, 6).
  const auto address = caf::actor_cast<caf::weak_actor_ptr>(self);
  const entity_mail<entity_shell<thread_rules>> mail = [address](std::function<void(entity_shell<thread_rules>&)> f) {
    const auto strong = caf::actor_cast<caf::actor>(address);
    if (strong) post(strong, entity_task{std::make_shared<std::function<void(thread_entity&)>>(std::move(f))});
  };
  auto& state = self->state;
  state.entity = std::make_unique<thread_entity>(*birth.env, birth.who, birth.partition, birth.generation, mail);
  if (birth.brand_new) state.entity->begin_empty();
  else state.entity->begin_loading(birth.min_position, mail);
  return {
      [self](request_mail& m) {
        self->state.entity->receive(std::move(m.r));
        self->state.entity->count_bytes();
      },
      [self, partition](entity_task& t) {
        (*t.run)(*self->state.entity);
        self->state.entity->count_bytes();
        if (self->state.entity->broken()) tell(self, partition, load_failed{self->state.entity->who()});
      },
      [self, partition](ask_leave_atom) {
        thread_entity& e = *self->state.entity;
        tell(self, partition, leave_answer{e.who(), e.may_leave(), e.durable_position()});
      },
  };
}

} // namespace

caf::actor spawn_thread(caf::actor_system& system, const thread_birth& birth, const caf::actor& partition) {
  return system.spawn<caf::lazy_init>(thread_actor, birth, partition);
}

} // namespace ropewalk::actors
