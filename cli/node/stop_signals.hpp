#pragma once
// SIGINT, SIGTERM and SIGHUP as something to wait for, instead of handlers.
//
//   stop_signals signals;                  // before any thread begins: all inherit the mask
//   while (signals.wait(100ms) == 0) ...   // the signal's number, or 0 after the time-out

#include <chrono>
#include <csignal>

namespace ropewalk::cli {

class stop_signals {
public:
  stop_signals();  // blocks them, and ignores SIGPIPE: a lost connection is an error value
  ~stop_signals(); // as it was before
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  int wait(std::chrono::milliseconds timeout) const;
  const sigset_t& mask_before() const noexcept { return before_; } // for children

private:
  sigset_t waited_{}, before_{};
};

} // namespace ropewalk::cli
