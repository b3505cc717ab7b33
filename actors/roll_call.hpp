#pragma once
// Wakes all entities of one sort that have something to do, as the views list them: after a start, when partitions came here, when memory
// was lost. One that is in memory and has nothing to do finds nothing to do. What a round could not read is called again a second later.
//
//   roll_call schedules(readers, durable_position, wake_expecting_schedules(router), {.every = 60s});
//   schedules.call();        // any thread
//   schedules.look(now);     // the node's main loop

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/result.hpp"

namespace ropewalk::storage {
class view_reader;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class roll_call {
public:
  using clock = std::chrono::steady_clock;
  struct called {
    std::size_t count = 0;
    std::int64_t last_row = 0;
    bool more = false;
  };
  // Wakes those behind a row of the views, a page at a time.
  using page = std::function<result<called>(storage::view_reader&, std::int64_t after_row)>;
  struct settings {
    std::string done{};                     // the log's line of a round that called any; "" = none
    std::optional<clock::duration> every{}; // rounds that nobody asks for
    clock::duration after_failure = std::chrono::seconds(1);
  };

  // position: what the views must show before a round begins. All outlive the readers' stop().
  roll_call(storage::view_readers& views, std::function<std::uint64_t()> position, page next, settings s);

  // Any thread: a round with the next look(). One that is under way begins anew.
  void call();
  // The same, not before `after_failure` is over: what failed may fail again at once.
  void call_after_failure();
  // The node's main loop alone. Goes on by itself in the background.
  void look(clock::time_point now);

private:
  void go_on(std::uint64_t position, std::int64_t after_row, std::size_t before);
  bool called_again();
  void end(const error* why, std::size_t count);
  void due_at(clock::time_point when);

  storage::view_readers& views_;
  const std::function<std::uint64_t()> position_;
  const page next_;
  const settings settings_;

  std::mutex mutex_;
  std::optional<clock::time_point> due_;
  bool under_way_ = false;
  bool failing_ = false; // told
  clock::time_point last_ = clock::now();
};

} // namespace ropewalk::actors
