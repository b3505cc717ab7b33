#pragma once
// Brings schedules into memory: after a start, and every minute from then on for those that could not be loaded, or
// left although something is to come. One that is in memory anyway finds nothing to do.

#include <chrono>
#include <cstdint>

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

class request_router;

class schedule_roll_call {
public:
  schedule_roll_call(storage::view_readers& views, request_router& router) : views_(views), router_(router) {}

  // At once; goes on by itself in the background. Ends early when the readers are stopped. Any thread.
  void call(std::uint64_t min_position);
  // The node's main loop alone.
  void call_when_due(std::chrono::steady_clock::time_point now);

private:
  void call_from(std::uint64_t min_position, std::int64_t after_row);

  storage::view_readers& views_;
  request_router& router_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

} // namespace ropewalk::actors
