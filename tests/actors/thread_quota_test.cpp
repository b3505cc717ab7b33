// Places of a user, with counts that the test answers when it likes.

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "actors/thread_quota.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using actors::thread_quota;
using place = std::shared_ptr<thread_quota::slip>;

namespace {

// The views of one user: `stored` threads. Counts are answered at once, or, held back, by answer_one().
struct counted {
  std::uint64_t stored = 0;
  std::size_t counts = 0;
  bool held_back = false;
  std::deque<std::function<void(result<std::uint64_t>)>> open;

  thread_quota::counter counter() {
    return [this](const std::string&, const std::string&, std::function<void(result<std::uint64_t>)> done) {
      ++counts;
      if (held_back) open.push_back(std::move(done));
      else done(stored);
    };
  }
  void answer_one(std::size_t at = 0) {
    auto done = std::move(open[at]);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    done(stored);
  }
};

// Asks, and what came of each, by the order of asking.
struct asks {
  thread_quota& quota;
  std::vector<place> places;
  std::vector<std::optional<error>> refusals;
  std::vector<std::size_t> order; // of the answers

  explicit asks(thread_quota& q) : quota(q) {}
  ~asks() {
    for (std::size_t i = 0; i < places.size(); ++i) place dropped = std::move(places[i]); // may grant later ones
  }
  void ask(const std::string& user = "ann") {
    const std::size_t i = places.size();
    places.emplace_back();
    refusals.emplace_back();
    quota.reserve("acme", user, [this, i](result<place> granted) {
      order.push_back(i);
      if (granted) places[i] = *std::move(granted);
      else refusals[i] = granted.error();
    });
  }
  std::size_t answered() const { return order.size(); }
  std::size_t granted() const {
    return static_cast<std::size_t>(std::count_if(places.begin(), places.end(), [](auto& p) { return p != nullptr; }));
  }
};

} // namespace

TEST_CASE("without a limit nothing is counted") {
  counted views;
  thread_quota quota(0, views.counter());
  asks a(quota);
  a.ask();
  CHECK(a.answered() == 1);
  CHECK_FALSE(a.refusals[0]);
  CHECK(views.counts == 0);
}

TEST_CASE("who comes when all places are taken waits, and is refused once those are stored") {
  counted views;
  thread_quota quota(2, views.counter());
  asks a(quota);
  for (int i = 0; i < 5; ++i) a.ask();
  CHECK(a.order == std::vector<std::size_t>{0, 1});
  views.stored = 1;
  a.places[0].reset();
  CHECK(a.answered() == 2); // the other one may still fail
  views.stored = 2;
  a.places[1].reset();
  CHECK(a.order == std::vector<std::size_t>{0, 1, 2, 3, 4});
  for (std::size_t i = 2; i < 5; ++i) CHECK(a.refusals[i]->type == "user_thread_limit");
}

TEST_CASE("a place that came to nothing goes to the first that waits") {
  counted views;
  thread_quota quota(1, views.counter());
  asks a(quota);
  for (int i = 0; i < 3; ++i) a.ask();
  CHECK(a.order == std::vector<std::size_t>{0});
  a.places[0].reset();
  CHECK(a.order == std::vector<std::size_t>{0, 1});
  CHECK(a.places[1]);
  a.places[1].reset();
  CHECK(a.order == std::vector<std::size_t>{0, 1, 2});
  CHECK(a.places[2]);
}

TEST_CASE("n that wait cost a number of counts that grows with n") {
  constexpr std::size_t n = 2000;
  constexpr std::uint64_t limit = 100;
  counted views;
  thread_quota quota(limit, views.counter());
  asks a(quota);
  for (std::size_t i = 0; i < n; ++i) a.ask();
  CHECK(a.granted() == limit);
  for (std::size_t i = 0; i < limit; ++i) {
    ++views.stored;
    a.places[i].reset();
  }
  CHECK(a.answered() == n);
  CHECK(std::is_sorted(a.order.begin(), a.order.end()));
  CHECK(views.counts <= 3 * n);
}

TEST_CASE(
    "counts that come in any order grant as many places as there are, and nobody is refused beside one under way") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 200; ++round) {
    counted views;
    views.held_back = true;
    const std::uint64_t limit = 1 + seed.below(4);
    thread_quota quota(limit, views.counter());
    asks a(quota);
    const std::size_t n = 1 + seed.below(30);
    std::size_t held = 0, wrongly_refused = 0;
    const auto look = [&] {
      held = a.granted();
      CHECK(views.stored + held <= limit);
    };
    while (a.answered() < n || held > 0) {
      const auto what = seed.below(3);
      if (what == 0 && a.places.size() < n) a.ask();
      else if (what == 1 && !views.open.empty()) {
        const std::size_t before = a.answered();
        const bool room = views.stored < limit;
        views.answer_one(seed.below(views.open.size()));
        for (std::size_t i = before; i < a.answered(); ++i)
          if (room && a.refusals[a.order[i]]) ++wrongly_refused;
      } else if (what == 2 && held > 0) {
        for (place& p : a.places)
          if (p) {
            if (!seed.one_in(3)) ++views.stored; // else it failed
            place dropped = std::move(p);
            break;
          }
      }
      look();
    }
    CHECK(a.places.size() == n);
    CHECK(wrongly_refused == 0);
    CHECK(views.counts <= 4 * n);
  }
}

TEST_CASE("who waits for too long is refused as busy, and its place in the line is gone") {
  counted views;
  thread_quota quota(1, views.counter());
  asks a(quota);
  a.ask();
  a.ask();
  quota.refuse_overdue(thread_quota::clock::now());
  CHECK(a.answered() == 1);
  quota.refuse_overdue(thread_quota::clock::now() + thread_quota::patience + std::chrono::seconds(2));
  REQUIRE(a.answered() == 2);
  CHECK(a.refusals[1]->code == errc::busy);
  CHECK(a.refusals[1]->type == "user_busy");
  a.ask();
  a.places[0].reset();
  CHECK(a.order == std::vector<std::size_t>{0, 1, 2});
  CHECK(a.places[2]);
}

TEST_CASE("one user's line does not hold up another's") {
  counted views;
  thread_quota quota(1, views.counter());
  asks a(quota);
  a.ask("ann");
  a.ask("ann");
  a.ask("eve");
  CHECK(a.order == std::vector<std::size_t>{0, 2});
}

TEST_CASE("a long line of places that are given back at once does not nest") {
  counted views;
  thread_quota quota(1, views.counter());
  place first;
  quota.reserve("acme", "ann", [&](result<place> p) { first = *std::move(p); });
  std::size_t granted = 0;
  for (int i = 0; i < 100'000; ++i) quota.reserve("acme", "ann", [&](result<place> p) { granted += p ? 1 : 0; });
  first.reset();
  CHECK(granted == 100'000);
}

TEST_CASE("many threads at once: everyone is answered, and no more places are given than there are") {
  constexpr std::uint64_t limit = 5;
  constexpr int askers = 8, each = 500;
  std::atomic<std::uint64_t> stored{0};
  std::atomic<int> answered{0}, granted{0};
  thread_quota quota(limit, [&](const std::string&, const std::string&, auto done) { done(stored.load()); });
  std::vector<std::thread> running;
  for (int t = 0; t < askers; ++t)
    running.emplace_back([&] {
      for (int i = 0; i < each; ++i)
        quota.reserve("acme", "ann", [&](result<place> p) {
          if (p && granted.fetch_add(1) % 3 != 0) ++stored; // else it failed
          ++answered;
        });
    });
  for (auto& t : running) t.join();
  CHECK(answered == askers * each);
  CHECK(stored <= limit);
}
