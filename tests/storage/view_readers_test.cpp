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

TEST_CASE("what was cut off the journal's end is not waited for") {
  thread_world w;
  w.create("acme", "t");
  w.append("acme", "t", "kept");
  const auto p = partition_of({"acme", entity_kind::thread, "t"}, 16);
  const std::uint64_t kept = w.file().head(p).index, left = w.position();
  w.append("acme", "t", "gone");
  const auto soon = [] { return std::chrono::steady_clock::now() + 10s; };
  const bool shown_before = GENERATE(false, true);
  CAPTURE(shown_before);
  storage::view_applier views(w.view_settings());
  if (shown_before) {
    REQUIRE(views.start());
    REQUIRE(views.wait_for(w.position(), soon()));
  }
  w.cut(p.value, kept);
  REQUIRE(w.position() > left);
  if (shown_before) views.cut(w.position());
  else REQUIRE(views.start());
  storage::view_readers readers(views, 1);
  const auto read = [&] {
    std::promise<result<std::uint64_t>> seen;
    readers.post(w.position(), soon(), [&](result<storage::view_reader*> r) {
      seen.set_value(r ? (*r)->applied_position() : result<std::uint64_t>{r.error()});
    });
    return seen.get_future().get();
  };
  CHECK(read());
  views.rebuild("for the test");
  REQUIRE(views.wait_for(w.position(), soon()));
  const auto seen = read();
  REQUIRE(seen);
  CHECK(*seen == left);
  readers.stop();
  views.stop();
}
