#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "actors/cluster/ownership.hpp"
#include "actors/wake_clock.hpp"
#include "tests/storage/view_pool.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

struct noted_wakes final : actors::request_router {
  std::mutex mutex;
  std::vector<std::string> woken;
  std::set<std::string> who() {
    std::lock_guard lock(mutex);
    return {woken.begin(), woken.end()};
  }
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
  thread::create mortal;
  mortal.limits.ttl_s = 60;
  view_pool v(3, mortal);
  auto& [w, views, readers] = v;
  noted_wakes wakes;
  clock_at_will around;
  around.us = w.now.us + 61'000'000;
  actors::wake_clock clock(readers, wakes, around, [] { return 1; });
  CHECK(wakes.reach(1));

  w.append("acme", "t", "lives longer"); // and is due at another time
  v.catch_up();
  around.us += 1'000'000;
  CHECK(wakes.reach(2));
  std::this_thread::sleep_for(3200ms); // three looks
  CHECK(wakes.count() == 2);
  clock.stop();
}

TEST_CASE("who was woken is woken again when the memory of what it decided was thrown away") {
  thread::create mortal;
  mortal.limits.ttl_s = 60;
  view_pool v(3, mortal);
  auto& [w, views, readers] = v;
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
}

TEST_CASE("a backlog is woken in equal parts") {
  view_pool v;
  auto& [w, views, readers] = v;
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
}

namespace {

// Of thread t's org and kind, each due at the microsecond of its number, or all at once.
void add_due(thread_world& w, int count, bool at_once) {
  tamper(w.views_file(), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                             std::to_string(count) +
                             ") INSERT INTO entities(org, kind, id, version, wake_at)"
                             " SELECT e.org, e.kind, 'due-' || i, 1, " +
                             (at_once ? "0" : "i") + " FROM n, (SELECT org, kind FROM entities LIMIT 1) e");
}

} // namespace

TEST_CASE("entities of partitions that are served elsewhere, or by nobody, keep nobody from being woken") {
  const bool at_once = GENERATE(false, true);
  CAPTURE(at_once);
  constexpr int overdue = static_cast<int>(actors::wake_clock::rows_a_look) * 3 / 2;
  constexpr std::uint16_t partitions = 64;
  view_pool v;
  auto& [w, views, readers] = v;
  add_due(w, overdue, at_once);
  actors::ownership owners("n1", partitions);
  const partition_id here{7};
  owners.serves_here(here, true);
  owners.owner_is({8}, "n2");
  std::set<std::string> own;
  for (int i = 1; i <= overdue; ++i)
    if (std::string id = "due-" + std::to_string(i);
        partition_of({"acme", entity_kind::thread, id}, partitions) == here)
      own.insert(std::move(id));
  REQUIRE(own.size() < actors::wake_clock::wakes_a_look);
  REQUIRE(own.size() > 100);

  noted_wakes wakes;
  clock_at_will around;
  around.us = 1'000'000;
  std::atomic<std::uint64_t> generation{1};
  actors::wake_clock clock(
      readers, wakes, around, [&] { return generation.load(); }, &owners);
  CHECK(wakes.reach(own.size())); // behind more than one look takes
  CHECK(wakes.who() == own);
  std::this_thread::sleep_for(2200ms);
  CHECK(wakes.count() == own.size()); // those under way are not woken again when it comes round

  owners.serves_here({9}, true); // a partition comes here
  ++generation;
  std::size_t more = 0;
  for (int i = 1; i <= overdue; ++i)
    more += partition_of({"acme", entity_kind::thread, "due-" + std::to_string(i)}, partitions) == partition_id{9};
  for (int i = 0; i < 500 && wakes.who().size() < own.size() + more; ++i) std::this_thread::sleep_for(10ms);
  CHECK(wakes.who().size() == own.size() + more);
  clock.stop();
}

TEST_CASE("who is due behind a place is listed from there on, those of the same time as well") {
  view_pool v;
  auto& [w, views, readers] = v;
  add_due(w, 5, true);
  tamper(w.views_file(), "UPDATE entities SET wake_at = 7 WHERE id IN ('due-2', 'due-4')");
  auto reader = storage::view_reader::open(w.views_file());
  REQUIRE(reader);
  std::vector<std::string> ids;
  storage::due_place behind;
  for (std::size_t limit = 2;;) {
    const auto page = (*reader)->due(instant{7}, limit, behind);
    REQUIRE(page);
    for (const auto& d : *page) ids.push_back(d.who.id);
    if (page->size() < limit) break;
    behind = page->back().place();
  }
  CHECK(ids == std::vector<std::string>{"due-1", "due-3", "due-5", "due-2", "due-4"});
  CHECK((*reader)->due(instant{6}, 10)->size() == 3);
  CHECK((*reader)->due(instant{6}, 10, {instant{7}, 0})->empty());
  readers.stop();
}
