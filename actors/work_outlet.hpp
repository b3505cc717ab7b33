#pragma once
// Where the work of phases goes, and what a run's end means for it. Any thread; nothing blocks. What comes of it comes
// back as a request to the instance: complete, heartbeat, dispatch_refused or thread_posted.

#include <cstdint>

#include "runtime/entity_key.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::actors {

class work_outlet {
public:
  virtual ~work_outlet() = default;
  // The same attempt again, while it is under way here, is no second dispatch.
  virtual void send(const entity_key& instance, const workflow::dispatch& d) = 0;
  virtual void post(const entity_key& instance, const workflow::post_to_thread& p) = 0;
  virtual void call_off(const entity_key& instance, const workflow::cancel_dispatch& c) = 0;
  // The run is over by another way: nothing is to be said to its worker.
  virtual void forget(const entity_key& instance, std::uint64_t run) = 0;
};

} // namespace ropewalk::actors
