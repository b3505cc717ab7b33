// The pool of readers when it has more to do than it gets done.

#include <atomic>
#include <future>
#include <thread>

#include "tests/storage/view_pool.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

TEST_CASE("a read whose time is over when its turn comes is refused instead of being done") {
  view_pool v(1);
  auto& [w, views, readers] = v;
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

namespace {

// Deleted files that this process has open still, of that name.
int open_but_gone(const std::string& name) {
  int count = 0;
  for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(open.path(), gone).string();
    if (!gone && target.find(name) != target.npos && target.ends_with(" (deleted)")) ++count;
  }
  return count;
}

} // namespace

TEST_CASE("what may take long leaves a reader to what is brief") {
  view_pool v(3);
  auto& [w, views, readers] = v;
  std::promise<void> go_on;
  const auto wait = go_on.get_future().share();
  std::atomic<int> begun{0}, done{0};
  for (int i = 0; i < 5; ++i)
    readers.post_lengthy(w.position(), v.soon(), [&](result<storage::view_reader*>) {
      ++begun;
      wait.wait();
      ++done;
    });
  std::promise<bool> brief;
  readers.post(w.position(), v.soon(), [&](result<storage::view_reader*> r) { brief.set_value(bool(r)); });
  CHECK(brief.get_future().get());
  CHECK(done == 0);
  CHECK(begun <= 2);
  go_on.set_value();
  for (int i = 0; i < 1000 && done < 5; ++i) std::this_thread::sleep_for(10ms);
  CHECK(done == 5);
}

TEST_CASE("readers let go of a file that was replaced, also when nobody reads") {
  view_pool v(2);
  auto& [w, views, readers] = v;
  std::atomic<int> reading{0};
  for (int i = 0; i < 2; ++i) // each of the two has the file open
    readers.post(w.position(), v.soon(), [&](result<storage::view_reader*> r) {
      CHECK(r);
      ++reading;
      while (reading < 2) std::this_thread::sleep_for(1ms);
    });
  while (reading < 2) std::this_thread::sleep_for(1ms);
  views.rebuild("for the test");
  REQUIRE(views.wait_for(w.position(), v.soon()));
  const std::string name = views.file().string();
  for (int i = 0; i < 500 && open_but_gone(name) > 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK(open_but_gone(name) == 0);
}

TEST_CASE("a read that takes longer than its time is ended, and the reader is as good as before") {
  thread_world w;
  w.create("acme", "t");
  w.append("acme", "t", "hello");
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  REQUIRE(views.wait_for(w.position(), std::chrono::steady_clock::now() + 10s));
  auto reader = storage::view_reader::open(views.file());
  REQUIRE(reader);
  REQUIRE((*reader)->begin(std::chrono::steady_clock::now() - 1s));
  std::optional<error> ended;
  for (int i = 0; i < 20'000 && !ended; ++i) { // each question costs some of the steps between two looks at the clock
    const auto page = (*reader)->threads().page("acme", "t", {});
    if (!page) ended = page.error();
  }
  REQUIRE(ended);
  CHECK(ended->code == errc::unavailable);
  CHECK(ended->type == "interrupted");
  CHECK((*reader)->end());
  REQUIRE((*reader)->begin(std::chrono::steady_clock::now() + 10s));
  CHECK((*reader)->threads().page("acme", "t", {}));
  CHECK((*reader)->end());
  views.stop();
}
