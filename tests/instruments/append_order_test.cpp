// The checker of histories that the simulator and chaos share: every kind of violation is noticed, and what may happen is not.

#include <catch2/catch.hpp>

#include "tests/random_seed.hpp"
#include "tests/support/append_order.hpp"

using namespace ropewalk::tests;

namespace {

// A history that can have happened: each operation takes place at a moment of its own between its question and its answer.
struct drawn_history {
  std::vector<timed_append> appends;
  std::vector<timed_read> reads;
};

drawn_history draw_history(random_seed& seed) {
  drawn_history h;
  std::vector<std::string> log;
  std::int64_t moment = 1'000;
  for (int n = 0; n < 60; ++n) {
    moment += static_cast<std::int64_t>(1 + seed.below(20));
    const auto asked = moment - static_cast<std::int64_t>(seed.below(100)),
               answered = moment + static_cast<std::int64_t>(seed.below(100));
    if (seed.one_in(2)) {
      log.push_back("m" + std::to_string(n));
      const bool told = !seed.one_in(4);
      h.appends.push_back({asked, told ? std::optional(answered) : std::nullopt, told ? log.size() : 0, log.back()});
      continue;
    }
    timed_read r{asked, answered, log.size(), {}};
    for (std::size_t at = log.size(); at > 0 && at + 3 > log.size(); --at) r.shown.emplace_back(at, log[at - 1]);
    h.reads.push_back(std::move(r));
  }
  return h;
}

} // namespace

TEST_CASE("histories that can have happened are none that cannot") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (int n = 0; n < 500; ++n) {
    const drawn_history h = draw_history(seed);
    const auto wrong = order_fault(h.appends, h.reads);
    INFO(wrong.value_or(""));
    REQUIRE_FALSE(wrong);
  }
}

TEST_CASE("appends and reads at the same time may stand in any order") {
  CHECK_FALSE(order_fault({{1, 9, 2, "a"}, {2, 8, 1, "b"}}, {{3, 7, 0, {}}, {4, 6, 2, {}}}));
  CHECK_FALSE(order_fault({{5, 9, 1, "a"}}, {{1, 5, 1, {}}})); // asked in the moment of the answer
}

TEST_CASE("an append that was asked after another one was answered stands behind it") {
  CHECK(order_fault({{1, 2, 2, "a"}, {3, 4, 1, "b"}}, {}) ==
        "b is appended at 1, asked at 3 us, after a is appended at 2, answered at 2 us");
}

TEST_CASE("a read shows what was answered before it was asked") {
  CHECK(order_fault({{1, 2, 2, "a"}}, {{3, 4, 1, {}}}) ==
        "a read says 1, asked at 3 us, after a is appended at 2, answered at 2 us");
}

TEST_CASE("what one read has said the next one says, whether the append was answered or not") {
  CHECK(order_fault({}, {{1, 2, 5, {}}, {3, 4, 4, {}}}) ==
        "a read says 4, asked at 3 us, after a read says 5, answered at 2 us");
  CHECK(order_fault({{0, std::nullopt, 0, "a"}}, {{1, 2, 5, {{5, "a"}}}, {3, 4, 4, {}}}));
  CHECK(order_fault({{0, 9, 5, "a"}}, {{1, 2, 5, {}}, {3, 4, 4, {}}}));
}

TEST_CASE("an append that was asked after a read ended stands beyond its length") {
  CHECK(order_fault({{3, 4, 5, "a"}}, {{1, 2, 5, {}}}) ==
        "a is appended at 5, asked at 3 us, after a read says 5, answered at 2 us");
  CHECK_FALSE(order_fault({{3, 4, 6, "a"}}, {{1, 2, 5, {}}}));
  CHECK(order_fault({{3, std::nullopt, 0, "a"}},
                    {{1, 2, 5, {}}, {5, 6, 5, {{5, "a"}}}})); // never answered, but seen there
}

TEST_CASE("nothing is shown before it was asked for") {
  CHECK(order_fault({{3, 4, 1, "a"}}, {{1, 2, 1, {{1, "a"}}}}));
  CHECK(order_fault({{3, std::nullopt, 0, "a"}}, {{1, 2, 1, {{1, "a"}}}}));
}

TEST_CASE("a message's place is fixed once somebody has seen it") {
  CHECK(order_fault({}, {{1, 9, 2, {{2, "a"}}}, {1, 9, 3, {{3, "a"}}}}) == "a read shows that a stands at 3 and at 2");
  CHECK(order_fault({}, {{1, 9, 2, {{2, "a"}}}, {1, 9, 2, {{2, "b"}}}}) ==
        "a read shows that b stands at 2, where a stood as well");
  CHECK(order_fault({{1, 9, 2, "a"}}, {{1, 9, 2, {{2, "b"}}}}));
  CHECK(order_fault({{1, 9, 2, "a"}, {1, 9, 2, "b"}}, {}) == "b stands at 2, where a stood as well");
  CHECK(order_fault({}, {{1, 9, 2, {{3, "a"}}}}) == "a read of length 2 shows a at 3");
}

TEST_CASE("a read of what was lost since binds nobody, but shows what stands") {
  CHECK_FALSE(order_fault({{3, 4, 5, "b"}}, {{1, 2, 5, {{5, "a"}}, false}, {3, 4, 4, {}}}));
  CHECK(order_fault({{1, 2, 3, "a"}}, {{3, 4, 2, {}, false}}));
}

TEST_CASE("two answers that have changed places are noticed wherever they do not overlap") {
  random_seed seed;
  CAPTURE(seed.rerun());
  int planted = 0;
  for (int n = 0; n < 300; ++n) {
    drawn_history h = draw_history(seed);
    auto& a = h.appends[seed.below(h.appends.size())];
    auto& b = h.appends[seed.below(h.appends.size())];
    if (!a.answered_us || !b.answered_us || *a.answered_us >= b.asked_us) continue;
    std::swap(a.place, b.place);
    ++planted;
    REQUIRE(order_fault(h.appends, {}));
  }
  CHECK(planted > 20);
}
