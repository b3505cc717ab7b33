#pragma once
// One attempt of a phase of kind `exec`: a process, what goes in and what came out of it. One thread; never blocks.
//
// Standard input gets the work message. Standard output is a worker's reply, before which there may be signs of life
// (`{"heartbeat":true}` or `{"progress":…}`), one a line. Of standard error the end is kept.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "actors/exec_process.hpp"
#include "actors/work_message.hpp"

namespace ropewalk::actors {

class exec_attempt {
public:
  using clock = std::chrono::steady_clock;

  exec_attempt(exec_process process, std::string input) : process_(std::move(process)), input_(std::move(input)) {}

  const exec_process& process() const noexcept { return process_; }

  // Moves what can be moved now, a bounded part of it.
  void write_input();
  void read_output();
  void read_errors();
  // Signs of life since the last call: the newest, where there was any.
  std::optional<still_at_it> sign_of_life();
  bool has_sign_of_life() const noexcept { return sign_.has_value(); }
  // More output than a reply can have: it cannot succeed any more.
  bool floods() const noexcept { return floods_; }

  // SIGTERM to its group now, SIGKILL after `patience`; again while that runs: nothing.
  void terminate(clock::time_point now, std::chrono::milliseconds patience);
  void kill_if_due(clock::time_point now);
  std::optional<clock::time_point> kill_at() const noexcept { return kill_at_; }

  // Its process has ended: reads what is left, and says what that makes of the attempt.
  workflow::outcome end();

private:
  // Whether there may be more now.
  bool read_some_output();
  bool read_some_errors();
  void take_signs();
  workflow::outcome without_reply(int status) const;

  exec_process process_;
  std::string input_;
  std::size_t written_ = 0;
  std::string output_, errors_;
  bool replying_ = false, floods_ = false;
  std::optional<still_at_it> sign_;
  std::optional<clock::time_point> kill_at_;
};

} // namespace ropewalk::actors
