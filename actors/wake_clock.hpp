#pragma once
// Wakes entities that asked to be woken (expiry, forks that a crash interrupted): looks once a second into
// the views, which hold every entity's wake_at, so that it survives restarts. Never early; late by a second
// or two. A wake that finds nothing to do is harmless; for the same wake_at it is tried again only after a pause, or when the memory of the entities was thrown away.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "actors/entity_environment.hpp"

namespace ropewalk::storage {
class view_reader;
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class wake_clock {
public:
  // generation: of the entities' memory; another one after a failed journal write took what they had decided (I5).
  wake_clock(storage::view_readers& views, request_router& router, surroundings_source& around,
             std::function<std::uint64_t()> generation);
  ~wake_clock(); // stop()
  void stop();

  static constexpr std::size_t wakes_a_look = 1000;     // the rest waits a second
  static constexpr std::size_t remembered_max = 10'000; // wakes that show no effect in the views yet

private:
  void run();
  void look(result<storage::view_reader*> views);
  void forget_lost_wakes();

  storage::view_readers& views_;
  request_router& router_;
  surroundings_source& around_;
  const std::function<std::uint64_t()> generation_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool looking_ = false; // a look is posted and not done
  struct wake {
    instant asked_for;        // the entity's wake_at
    std::int64_t when_us = 0; // the wake was sent
  };
  std::map<entity_key, wake> woken_; // these three only touched by the look at hand
  std::uint64_t seen_generation_;
  int looks_that_forget_ = 0;
  std::thread thread_;
};

} // namespace ropewalk::actors
