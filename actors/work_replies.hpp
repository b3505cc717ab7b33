#pragma once
// The ways back to the instance that handed work out.

#include "actors/entity_environment.hpp"
#include "runtime/workflow/commands.hpp"

namespace ropewalk::actors {

inline void tell_instance(request_router& router, const entity_key& instance, workflow::command c) {
  auto r = std::make_shared<request>();
  r->entity = instance;
  r->what = std::move(c);
  router.route(std::move(r));
}

// One attempt of one run of one instance.
struct work_place {
  entity_key instance;
  std::uint64_t run = 0;
  std::uint32_t attempt = 0;
};

// Nobody is there to take it: the instance sends it again after a pause.
inline void refuse_work(request_router& router, const work_place& w) {
  tell_instance(router, w.instance, workflow::dispatch_refused{w.run, w.attempt});
}

} // namespace ropewalk::actors
