// Who is called when, and that a round that failed is not lost.

#include <atomic>
#include <thread>

#include "actors/roll_call.hpp"
#include "tests/storage/view_pool.hpp"

using namespace ropewalk;
using namespace ropewalk::actors;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

struct called_views : view_pool {
  static bool looked_until(roll_call& calls, const std::function<bool()>& done) {
    for (int i = 0; i < 1000 && !done(); ++i) {
      calls.look(roll_call::clock::now());
      std::this_thread::sleep_for(5ms);
    }
    return done();
  }
};

} // namespace

TEST_CASE("a roll call goes from page to page, once for all that asked meanwhile") {
  called_views v;
  std::atomic<int> rounds{0}, pages{0};
  roll_call calls(
      v.readers, [&] { return v.w.position(); },
      [&](storage::view_reader&, std::int64_t after) -> result<roll_call::called> {
        ++pages;
        if (after == 0) ++rounds;
        return roll_call::called{200, after + 200, after < 400};
      },
      {});
  calls.look(roll_call::clock::now());
  std::this_thread::sleep_for(20ms);
  CHECK(rounds == 0); // nobody asked
  for (int i = 0; i < 5; ++i) calls.call();
  CHECK(called_views::looked_until(calls, [&] { return pages == 3; }));
  for (int i = 0; i < 10; ++i) {
    calls.look(roll_call::clock::now());
    std::this_thread::sleep_for(2ms);
  }
  CHECK(rounds == 1);
  CHECK(pages == 3);
}

TEST_CASE("a round that could not read is called again after a pause, from its beginning") {
  called_views v;
  std::atomic<int> asked{0};
  std::atomic<std::int64_t> last_after{-1};
  roll_call calls(
      v.readers, [&] { return v.w.position(); },
      [&](storage::view_reader&, std::int64_t after) -> result<roll_call::called> {
        last_after = after;
        if (++asked == 2) return error{errc::unavailable, "interrupted", "for the test", {}};
        return roll_call::called{1, after + 1, asked < 2};
      },
      {.after_failure = 100ms});
  calls.call();
  const auto began = roll_call::clock::now();
  CHECK(called_views::looked_until(calls, [&] { return asked == 3; }));
  CHECK(roll_call::clock::now() - began >= 100ms);
  CHECK(last_after == 0);
}

TEST_CASE("what failed is not called at once again") {
  called_views v;
  std::atomic<int> asked{0};
  roll_call calls(
      v.readers, [&] { return v.w.position(); },
      [&](storage::view_reader&, std::int64_t) -> result<roll_call::called> {
        ++asked;
        return roll_call::called{};
      },
      {.after_failure = 100ms});
  const auto began = roll_call::clock::now();
  calls.call_after_failure();
  calls.look(began);
  CHECK(called_views::looked_until(calls, [&] { return asked == 1; }));
  CHECK(roll_call::clock::now() - began >= 100ms);
}

TEST_CASE("a round that is called again while it is under way begins anew") {
  called_views v;
  std::atomic<int> pages{0};
  std::vector<std::int64_t> began; // behind which row each page
  roll_call* again = nullptr;
  roll_call calls(
      v.readers, [&] { return v.w.position(); },
      [&](storage::view_reader&, std::int64_t after) -> result<roll_call::called> {
        began.push_back(after);
        if (began.size() == 2) again->call(); // what it is called for may stand before this page
        const roll_call::called all{200, after + 200, after < 400};
        ++pages;
        return all;
      },
      {});
  again = &calls;
  calls.call();
  CHECK(called_views::looked_until(calls, [&] { return pages == 5; }));
  CHECK(began == std::vector<std::int64_t>{0, 200, 0, 200, 400});
}
