#pragma once
// What has to go on by itself is called: after a start, when partitions came here, when memory was lost with a write that failed.

#include <cstdint>
#include <functional>

#include "actors/roll_call.hpp"

namespace ropewalk::actors {

class request_router;

class recovery_rounds {
public:
  using clock = roll_call::clock;

  // position: how far the journal is durable. All outlive the readers' stop().
  recovery_rounds(storage::view_readers& views, request_router& router, const std::function<std::uint64_t()>& position);

  // Any thread: what the lost memory had decided to hand out. It may meet the same full disk again.
  void call_after_failure();

  // ---- the node's main loop alone ----

  void begin(clock::time_point now); // once what is called can be reached
  // taken_over, new_owners: how often partitions came here, or to any owner, since the start.
  void look(clock::time_point now, std::uint64_t taken_over, std::uint64_t new_owners);

private:
  roll_call workflows_, parents_, schedules_;
  std::uint64_t taken_over_ = 0, new_owners_ = 0; // at the last call
  clock::time_point may_ask_children_{};
};

} // namespace ropewalk::actors
