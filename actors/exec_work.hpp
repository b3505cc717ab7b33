#pragma once
// Phases of kind `exec`: commands of the node's own list, each attempt in a process (exec_process.hpp). Nothing that
// is not on the list is ever run, and a definition adds arguments at most.
//
// One thread starts and watches all of them. So many run at a time; what waits for its turn for too long goes back to
// its instance, which sends it again: its time does not run meanwhile. A command is ended (SIGTERM to its group, SIGKILL
// after two seconds) when its attempt is called off or its time is over, and none outlives the node.

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/exec_attempt.hpp"
#include "actors/node_settings.hpp"
#include "actors/work_replies.hpp"
#include "runtime/workflow/machine.hpp"

namespace ropewalk::actors {

class exec_work {
public:
  exec_work(request_router& router, surroundings_source& around, std::string prefix, const node_settings& settings);
  ~exec_work(); // close()

  // invalid, field "exec": a command that is not there or may not be run.
  status_result open();
  // Ends what runs, and waits for it. What comes of it is told to nobody.
  void close();

  void send(const entity_key& instance, const workflow::dispatch& d, const std::string& token);
  void call_off(const entity_key& instance, std::uint64_t run);

  static constexpr auto patience = std::chrono::seconds(2); // between SIGTERM and SIGKILL

private:
  using clock = std::chrono::steady_clock;
  using place = std::pair<entity_key, std::uint64_t>; // instance, run

  struct command {
    std::string file;
    std::vector<std::string> words;
  };
  struct job {
    entity_key instance;
    workflow::dispatch what;
    std::string token;
    std::optional<std::chrono::microseconds> limit; // of the attempt
    clock::time_point give_back;                    // if it was not begun before
  };
  struct running {
    work_place where;
    std::string name;
    exec_attempt attempt;
    std::optional<std::chrono::microseconds> limit;
    bool extends = false; // a sign of life begins the limit anew
    std::optional<clock::time_point> end_at;
    clock::time_point say_at; // the next sign of life may go out
    bool late = false;
  };

  void run();
  void wait(clock::time_point now);
  void look_at_jobs(clock::time_point now);
  void begin(job j, clock::time_point now);
  void look_at(running& r, clock::time_point now);
  void ended(running& r);
  bool under_way(const work_place& w);
  bool take(const work_place& w); // no longer under way; false: it was called off before
  void wake();

  request_router& router_;
  surroundings_source& around_;
  const std::string prefix_;
  const std::map<std::string, std::vector<std::string>> listed_;
  const std::size_t at_once_;
  std::map<std::string, command> commands_;
  std::vector<std::string> environment_; // the part that all have
  owned_fd wake_read_, wake_write_;
  std::thread thread_;

  std::mutex mutex_;
  bool closing_ = false;
  std::map<place, std::uint32_t> under_way_; // attempt; bounded by the active instances and their runs
  std::deque<job> waiting_;

  // The thread's own.
  std::list<running> running_;
  clock::time_point look_again_{}; // through all that wait
};

} // namespace ropewalk::actors
