#include <atomic>
#include <mutex>
#include <thread>

#include "actors/wake_clock.hpp"
#include "storage/view_readers.hpp"
#include "tests/storage/thread_world.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

struct noted_wakes final : actors::request_router {
  std::mutex mutex;
  std::vector<std::string> woken;
  void route(actors::request_ptr r) override {
    std::lock_guard lock(mutex);
    woken.push_back(r->entity.id);
  }
  std::size_t count() {
    std::lock_guard lock(mutex);
    return woken.size();
  }
  bool reach(std::size_t wakes) {
    for (const auto until = std::chrono::steady_clock::now() + 5s;
         count() < wakes && std::chrono::steady_clock::now() < until;)
      std::this_thread::sleep_for(10ms);
    return count() == wakes;
  }
};

struct clock_at_will final : actors::surroundings_source {
  std::atomic<std::int64_t> us{0};
  surroundings look() override { return {{us.load()}, 1, 2}; }
};

} // namespace

TEST_CASE("an entity is woken once for its time, and again at once for another time") {
  thread_world w;
  thread::create mortal;
  mortal.limits.ttl_s = 60;
  w.create("acme", "t", mortal);
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  storage::view_readers readers(views);
  const auto follow = [&] {
    views.notify(w.position());
    REQUIRE(views.wait_for(w.position(), std::chrono::steady_clock::now() + 10s));
  };
  follow();
  noted_wakes wakes;
  clock_at_will around;
  around.us = w.now.us + 61'000'000;
  actors::wake_clock clock(readers, wakes, around, [] { return 1; });
  CHECK(wakes.reach(1));

  w.append("acme", "t", "lives longer"); // and is due at another time
  follow();
  around.us += 1'000'000;
  CHECK(wakes.reach(2));
  std::this_thread::sleep_for(3200ms); // three looks
  CHECK(wakes.count() == 2);
  clock.stop();
  readers.stop();
}

TEST_CASE("who was woken is woken again when the memory of what it decided was thrown away") {
  thread_world w;
  thread::create mortal;
  mortal.limits.ttl_s = 60;
  w.create("acme", "t", mortal);
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  storage::view_readers readers(views);
  views.notify(w.position());
  REQUIRE(views.wait_for(w.position(), std::chrono::steady_clock::now() + 10s));
  noted_wakes wakes;
  clock_at_will around;
  around.us = w.now.us + 61'000'000;
  std::atomic<std::uint64_t> generation{1};
  actors::wake_clock clock(readers, wakes, around, [&] { return generation.load(); });
  CHECK(wakes.reach(1));
  ++generation;
  CHECK(wakes.reach(3)); // at two looks
  std::this_thread::sleep_for(2200ms);
  CHECK(wakes.count() == 3);
  clock.stop();
  readers.stop();
}

TEST_CASE("a backlog is woken in equal parts") {
  thread_world w;
  w.create("acme", "t");
  storage::view_applier views(w.view_settings());
  REQUIRE(views.start());
  storage::view_readers readers(views);
  REQUIRE(views.wait_for_index(w.position(), std::chrono::steady_clock::now() + 10s));
  tamper(w.views_file(), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
                         " INSERT INTO entities(org, kind, id, version, wake_at)"
                         " SELECT e.org, e.kind, 'due-' || i, 1, i FROM n, (SELECT org, kind FROM entities LIMIT 1) e");
  noted_wakes wakes;
  clock_at_will around;
  around.us = 1'000'000;
  constexpr std::size_t a_look = actors::wake_clock::wakes_a_look;
  actors::wake_clock clock(readers, wakes, around, [] { return 1; });
  REQUIRE(wakes.reach(a_look));
  tamper(w.views_file(), "DELETE FROM entities WHERE wake_at <= 1000"); // they did what they were woken for
  CHECK(wakes.reach(2 * a_look));
  std::this_thread::sleep_for(300ms); // less than a look
  CHECK(wakes.count() == 2 * a_look);
  CHECK(wakes.reach(3 * a_look)); // behind those that are under way
  clock.stop();
  readers.stop();
}
