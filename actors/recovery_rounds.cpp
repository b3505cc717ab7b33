#include "actors/recovery_rounds.hpp"

#include <utility>

#include "actors/roll_call_pages.hpp"

namespace ropewalk::actors {

namespace {

constexpr auto ask_children_pause = std::chrono::seconds(2); // so that one round serves several partitions
constexpr auto schedules_every = std::chrono::seconds(60);

} // namespace

recovery_rounds::recovery_rounds(storage::view_readers& views, request_router& router,
                                 const std::function<std::uint64_t()>& position)
    : workflows_(views, position, wake_outstanding_workflows(router), {.done = "workflows go on"}),
      parents_(views, position, ask_waited_for_children(router),
               {.done = "children are asked whether they have ended"}),
      schedules_(views, position, wake_expecting_schedules(router), {.every = schedules_every}) {}

void recovery_rounds::call_after_failure() {
  workflows_.call_after_failure();
  schedules_.call_after_failure();
}

void recovery_rounds::begin(clock::time_point now) {
  workflows_.call();
  schedules_.call();
  may_ask_children_ = now;
  look(now, taken_over_, new_owners_);
}

void recovery_rounds::look(clock::time_point now, std::uint64_t taken_over, std::uint64_t new_owners) {
  if (std::exchange(taken_over_, taken_over) != taken_over) {
    workflows_.call();
    schedules_.call();
  }
  // Together, when several partitions have new owners.
  if (now >= may_ask_children_ && new_owners_ != new_owners) {
    new_owners_ = new_owners;
    may_ask_children_ = now + ask_children_pause;
    parents_.call();
  }
  for (roll_call* round : {&workflows_, &parents_, &schedules_}) round->look(now);
}

} // namespace ropewalk::actors
