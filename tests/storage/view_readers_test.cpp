// The pool of readers when it has more to do than it gets done.

#include <atomic>
#include <future>
#include <thread>

#include "storage/view_readers.hpp"
#include "tests/storage/thread_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

TEST_CASE("a read whose time is over when its turn comes is refused instead of being done") {
  thread_world w;
  w.create("acme", "t");
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  REQUIRE(views.wait_for(w.position(), std::chrono::steady_clock::now() + 10s));
  storage::view_readers readers(views, 1);
  const auto now = std::chrono::steady_clock::now();

  std::promise<void> go_on;
  std::promise<error> late;
  std::promise<bool> in_time;
  std::promise<error> late_search;
  readers.post(w.position(), now + 1h, [&](result<storage::view_reader*>) { go_on.get_future().wait(); });
  readers.post(w.position(), now + 50ms,
               [&](result<storage::view_reader*> r) { late.set_value(r ? error{} : r.error()); });
  readers.post_search(w.position(), now + 50ms,
                      [&](result<storage::view_reader*> r) { late_search.set_value(r ? error{} : r.error()); });
  readers.post(w.position(), now + 1h, [&](result<storage::view_reader*> r) { in_time.set_value(bool(r)); });
  std::this_thread::sleep_until(now + 100ms);
  go_on.set_value();
  for (std::promise<error>* refused : {&late, &late_search}) {
    const error why = refused->get_future().get();
    CHECK(why.code == errc::busy);
    CHECK(why.type == "too_many_reads");
  }
  CHECK(in_time.get_future().get());
  readers.stop();
}
