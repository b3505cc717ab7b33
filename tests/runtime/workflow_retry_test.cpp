// Pauses between attempts, the end of attempts, and durations as text.
#include <string>

#include <catch2/catch.hpp>

#include "runtime/limits.hpp"
#include "runtime/workflow/duration_text.hpp"
#include "runtime/workflow/retry.hpp"
#include "tests/random_seed.hpp"

using namespace ropewalk;
using namespace ropewalk::workflow;

namespace {
retry_policy policy(std::int64_t first_us, double factor, std::int64_t most_us) {
  retry_policy p;
  p.first_us = first_us;
  p.factor = factor;
  p.most_us = most_us;
  return p;
}
} // namespace

TEST_CASE("pauses grow by the factor up to the longest") {
  const struct {
    retry_policy p;
    std::uint32_t attempt;
    std::int64_t pause;
  } table[] = {
      {{}, 1, 1'000'000},
      {{}, 2, 2'000'000},
      {{}, 6, 32'000'000},
      {{}, 7, 60'000'000},
      {{}, 4'294'967'295, 60'000'000},
      {policy(100, 1.5, 1'000'000), 4, 337},
      {policy(5'000'000, 1, 60'000'000), 1'000'000, 5'000'000},
      {policy(1000, 10, limits::duration_max_us), 10, 1'000'000'000'000},
      {policy(1000, 10, limits::duration_max_us), 1000, limits::duration_max_us},
      {policy(7, 2, 7), 3, 7},
      {policy(limits::duration_max_us, 10, limits::duration_max_us), 1, limits::duration_max_us},
  };
  for (const auto& row : table) {
    CAPTURE(row.p.first_us, row.p.factor, row.attempt);
    CHECK(pause_us(row.p, row.attempt) == row.pause);
  }
}

TEST_CASE("a pause is never shorter than the one before, nor outside its bounds") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 200; ++round) {
    const auto first = static_cast<std::int64_t>(1 + seed.below(10'000'000));
    const retry_policy p = policy(first, 1 + static_cast<double>(seed.below(9001)) / 1000,
                                  first + static_cast<std::int64_t>(seed.below(1'000'000'000)));
    CAPTURE(p.first_us, p.factor, p.most_us);
    std::int64_t before = first;
    for (std::uint32_t attempt = 1; attempt <= 60; ++attempt) {
      const std::int64_t pause = pause_us(p, attempt);
      REQUIRE(pause >= before);
      REQUIRE(pause <= p.most_us);
      before = pause;
    }
  }
}

TEST_CASE("attempts end with their number, or never") {
  retry_policy p;
  CHECK(pause_after({&p}, 2, "broken") == 2'000'000);
  CHECK_FALSE(pause_after({&p}, 3, "broken"));
  p.attempts = 1;
  CHECK_FALSE(pause_after({&p}, 1, "broken"));
  p.attempts = 0;
  CHECK(pause_after({&p}, 4'000'000'000, "broken") == 60'000'000);
}

TEST_CASE(
    "attempts of policies around each other multiply, and the pause is that of the policy which allows the next one") {
  retry_policy own = policy(1, 2, 1000), around = policy(50, 2, 1000), outermost = policy(700, 2, 1000);
  own.attempts = 3;
  around.attempts = 1;
  outermost.attempts = 2;
  const policies all{&own, &around, &outermost};
  CHECK(attempts_in_all(all) == 6);
  std::vector<std::int64_t> pauses;
  for (std::uint32_t n = 1; n < 6; ++n) pauses.push_back(pause_after(all, n, "broken").value_or(0));
  CHECK(pauses == std::vector<std::int64_t>{1, 2, 700, 1, 2});
  CHECK_FALSE(pause_after(all, 6, "broken"));
  SECTION("what is final for one of them is so for those around it") {
    around.not_on = {"no"};
    CHECK(pause_after(all, 2, "no") == 2);
    CHECK_FALSE(pause_after(all, 3, "no"));
  }
  SECTION("one without an end hides those around it") {
    around.attempts = 0;
    CHECK(attempts_in_all(all) == 0);
    CHECK(pause_after(all, 3, "broken") == 50);
    CHECK(pause_after(all, 6, "broken") == 100);
    CHECK(pause_after(all, 3'000'000'000, "broken") == 1000);
  }
  SECTION("the largest numbers") {
    own.attempts = around.attempts = outermost.attempts = 4'294'967'295;
    CHECK(attempts_in_all(all) == 4'294'967'295);
    CHECK(pause_after(all, 4'294'967'295, "broken") == 50);
  }
}

TEST_CASE("listed codes are final, and those that no attempt changes") {
  retry_policy p;
  CHECK_FALSE(is_final(p, "bad_request"));
  CHECK_FALSE(is_final(p, ""));
  CHECK_FALSE(is_final(p, "deadline"));
  CHECK(is_final(p, "missing_input"));
  CHECK(is_final(p, "input_too_large"));
  CHECK(is_final(p, "too_many_phases"));
  p.not_on = {"refused", "bad_request"};
  CHECK(is_final(p, "bad_request"));
  CHECK_FALSE(is_final(p, "bad"));
}

TEST_CASE("durations are whole numbers with units, larger ones first") {
  const std::pair<std::string, std::int64_t> table[] = {{"1ms", 1000},
                                                        {"250ms", 250'000},
                                                        {"30s", 30'000'000},
                                                        {"5m", 300'000'000},
                                                        {"2h", 7'200'000'000},
                                                        {"7d", 604'800'000'000},
                                                        {"1h30m", 5'400'000'000},
                                                        {"90m", 5'400'000'000},
                                                        {"1d2h3m4s5ms", 93'784'005'000},
                                                        {"1m1ms", 60'001'000},
                                                        {"0s1ms", 1000},
                                                        {"3650d", limits::duration_max_us},
                                                        {"007s", 7'000'000},
                                                        {"87600h", limits::duration_max_us}};
  for (const auto& [text, us] : table) {
    CAPTURE(text);
    const auto parsed = parse_duration(text, "d");
    REQUIRE(parsed);
    CHECK(*parsed == us);
  }
}

TEST_CASE("what is no duration is refused with the rule") {
  const std::string grammar = "must be a duration such as 250ms, 30s, 5m, 1h30m or 7d";
  const std::pair<std::string, std::string> table[] = {{"", grammar},
                                                       {"5", grammar},
                                                       {"s", grammar},
                                                       {"1.5s", grammar},
                                                       {"-1s", grammar},
                                                       {"+1s", grammar},
                                                       {" 1s", grammar},
                                                       {"1s ", grammar},
                                                       {"1 s", grammar},
                                                       {"1S", grammar},
                                                       {"1sec", grammar},
                                                       {"1us", grammar},
                                                       {"1w", grammar},
                                                       {"30m1h", grammar},
                                                       {"1h1h", grammar},
                                                       {"1h5", grammar},
                                                       {"0s", "must be more than 0"},
                                                       {"0d0ms", "must be more than 0"},
                                                       {"3651d", "must be at most 3650d"},
                                                       {"3650d1ms", "must be at most 3650d"},
                                                       {"99999999999999999999s", "must be at most 3650d"},
                                                       {"9223372036854775807d", "must be at most 3650d"}};
  for (const auto& [text, rule] : table) {
    CAPTURE(text);
    const auto parsed = parse_duration(text, "timeout");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().field == "timeout");
    CHECK(parsed.error().detail == rule);
  }
}

TEST_CASE("a printed duration is read as the same one") {
  CHECK(print_duration(5'400'000'000) == "1h30m");
  CHECK(print_duration(86'400'000'000) == "1d");
  CHECK(print_duration(1'250'999) == "1s250ms");
  CHECK(print_duration(999) == "0ms");
  CHECK(print_duration(0) == "0ms");
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int round = 0; round < 1000; ++round) {
    const auto us = static_cast<std::int64_t>(1 + seed.below(limits::duration_max_us / 1000)) * 1000;
    CAPTURE(us, print_duration(us));
    REQUIRE(*parse_duration(print_duration(us), "") == us);
  }
}
