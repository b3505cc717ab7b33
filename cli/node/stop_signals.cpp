#include "cli/node/stop_signals.hpp"

namespace ropewalk::cli {

stop_signals::stop_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&waited_);
  for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&waited_, s);
  pthread_sigmask(SIG_BLOCK, &waited_, &before_);
}

stop_signals::~stop_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

int stop_signals::wait(std::chrono::milliseconds timeout) const {
  const timespec t{timeout.count() / 1000, (timeout.count() % 1000) * 1'000'000};
  const int number = sigtimedwait(&waited_, nullptr, &t);
  return number > 0 ? number : 0;
}

} // namespace ropewalk::cli
