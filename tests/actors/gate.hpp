#pragma once
// Where functions of a test wait for each other.

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <catch2/catch.hpp>

namespace ropewalk::tests {

// Holds functions up until it is opened. It may go once it is open: whoever came to it keeps what it waits on.
class gate {
public:
  void open() {
    const std::scoped_lock lock(of_->mutex);
    of_->open = true;
    of_->changed.notify_all();
  }
  void pass() {
    const auto of = of_;
    std::unique_lock lock(of->mutex);
    ++of->came;
    of->changed.notify_all();
    of->changed.wait(lock, [&] { return of->open; });
  }
  void wait_for(int callers) {
    std::unique_lock lock(of_->mutex);
    REQUIRE(of_->changed.wait_for(lock, std::chrono::seconds(30), [&] { return of_->came >= callers; }));
  }
  int came() {
    const std::scoped_lock lock(of_->mutex);
    return of_->came;
  }

private:
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    int came = 0;
  };
  const std::shared_ptr<state> of_ = std::make_shared<state>();
};

} // namespace ropewalk::tests
