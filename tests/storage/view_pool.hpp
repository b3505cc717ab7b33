#pragma once
// A world's views and a pool of readers of them, as a node has them.
//
//   view_pool v;                                   // thread "t" of org "acme" is there and shown
//   v.readers.post(v.w.position(), v.soon(), …);

#include <chrono>

#include "storage/view_readers.hpp"
#include "tests/storage/thread_world.hpp"

namespace ropewalk::tests {

struct view_pool {
  explicit view_pool(unsigned threads = 3, thread::create first = {})
      : views(begun(w, std::move(first))), readers(views, threads) {
    REQUIRE(views.start());
    catch_up();
  }
  ~view_pool() {
    readers.stop();
    views.stop();
  }
  static std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(30);
  }
  void catch_up() {
    views.notify(w.position());
    REQUIRE(views.wait_for_index(w.position(), soon()));
  }

  thread_world w;
  storage::view_applier views;
  storage::view_readers readers;

private:
  static storage::view_settings begun(thread_world& w, thread::create first) {
    w.create("acme", "t", std::move(first));
    return w.view_settings();
  }
};

} // namespace ropewalk::tests
