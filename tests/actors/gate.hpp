#pragma once
// Where functions of a test wait for each other.

#include <chrono>
#include <condition_variable>
#include <mutex>

#include <catch2/catch.hpp>

namespace ropewalk::tests {

// Holds functions up until it is opened.
class gate {
public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++came_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int callers) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return came_ >= callers; }));
  }
  int came() {
    const std::scoped_lock lock(mutex_);
    return came_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int came_ = 0;
};

} // namespace ropewalk::tests
