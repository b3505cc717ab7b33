#pragma once
// Phases of kind `local`: functions of the program that embeds the runtime, on a bounded number of threads. What
// waits for a thread for too long goes back to its instance, which sends it again: its time does not run meanwhile.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/local_attempt.hpp"

namespace ropewalk::actors {

class local_work {
public:
  // functions: not changed while this lives. alone: no other node ever has the same instances.
  local_work(request_router& router, surroundings_source& around, const local_functions& functions, std::size_t threads,
             bool alone);
  ~local_work(); // close()

  status_result open();
  // Asks all functions to stop and waits for them. What comes of them is told to nobody.
  void close();

  void send(const entity_key& instance, const workflow::dispatch& d);
  // Its function is asked to stop; what it returns is dropped.
  void call_off(const entity_key& instance, std::uint64_t run);
  // Gives back what has waited for too long. Every second or so.
  void look_for_late();

private:
  using clock = std::chrono::steady_clock;
  using place = std::pair<entity_key, std::uint64_t>; // instance, run
  using shared_attempt = std::shared_ptr<local_attempt>;
  struct waiting {
    shared_attempt attempt;
    clock::time_point give_back;
  };

  void serve(std::size_t thread);
  shared_attempt next(std::size_t thread); // null: closing
  bool may_wake_another();                 // with the mutex; true: the caller notifies one
  bool take(const shared_attempt& a);      // no longer under way; false: it was called off before

  request_router& router_;
  surroundings_source& around_;
  const local_functions& functions_;
  const std::size_t size_;
  const bool alone_;
  std::deque<local_questions> questions_; // one a thread
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable changed_, ended_;
  bool closing_ = false;
  std::map<place, shared_attempt> under_way_; // bounded by the active instances and their runs
  std::deque<waiting> waiting_;
  std::size_t idle_ = 0;                // threads that wait for work
  bool waking_ = false;                 // one of them was notified and has not come yet
  std::vector<shared_attempt> running_; // by thread
};

} // namespace ropewalk::actors
