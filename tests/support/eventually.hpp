#pragma once
// Waiting for what another thread or process does.
//
//   REQUIRE(eventually([&] { return ask("status").code == 200; }));

#include <chrono>
#include <thread>

namespace ropewalk::tests {

// Until done() or the time-out; the last value of done().
template <class Done>
bool eventually(Done done, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

} // namespace ropewalk::tests
