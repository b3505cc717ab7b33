#pragma once
// Wakes entities that asked to be woken (expiry, forks that a crash interrupted): looks once a second into
// the views, which hold every entity's wake_at, so that it survives restarts. Never early; late by a second
// or two. A wake that finds nothing to do is harmless; for the same wake_at it is tried again only after a pause, or
// when the memory of the entities was thrown away.
//
// In a cluster the views hold the entities of all partitions, and those that are served elsewhere, or by nobody, stay
// due however often they are looked at: they are passed over, and count in no bound but that of the rows of one
// look. A look that ends at that bound goes on from there a second later.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/entity_environment.hpp"
#include "storage/view_reader.hpp"

namespace ropewalk::storage {
class view_readers;
} // namespace ropewalk::storage

namespace ropewalk::actors {

class ownership;

class wake_clock {
public:
  // generation: of the entities' memory; another one after a failed journal write took what they had decided (I5).
  // owners: of a cluster; null: all partitions are served here.
  wake_clock(storage::view_readers& views, request_router& router, surroundings_source& around,
             std::function<std::uint64_t()> generation, const ownership* owners = nullptr);
  ~wake_clock(); // stop()
  void stop();

  static constexpr std::size_t wakes_a_look = 1000;     // the rest waits a second
  static constexpr std::size_t remembered_max = 10'000; // wakes that show no effect in the views yet
  static constexpr std::size_t rows_a_look = 20'000;    // some 20 ms of a reader's time; more than are remembered

private:
  using place = storage::due_place;
  using due_entity = storage::view_reader::due_entity;

  void run();
  void look(result<storage::view_reader*> views);
  void forget_lost_wakes();
  void wake_due(storage::view_reader& views, instant now);
  bool is_here(const entity_key& who) const;
  bool wake(due_entity d, instant now); // false: no room is left to remember it

  storage::view_readers& views_;
  request_router& router_;
  surroundings_source& around_;
  const std::function<std::uint64_t()> generation_;
  const ownership* const owners_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool looking_ = false; // a look is posted and not done
  struct woken {
    place at;                 // where the views had it
    std::int64_t when_us = 0; // the wake was sent
    std::uint64_t seen = 0;   // the last look that found it there
  };
  std::map<entity_key, woken> woken_; // these only touched by the look at hand
  place behind_;                      // where it begins
  std::uint64_t looks_ = 0;
  std::uint64_t seen_generation_;
  int looks_that_forget_ = 0;
  std::thread thread_;
};

} // namespace ropewalk::actors
