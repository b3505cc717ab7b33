#pragma once
// The seed of a randomized test: new in each run, told when the test fails, given again to repeat it.
//
//   TEST_CASE("decode undoes encode") {
//     random_seed seed;
//     CAPTURE(seed.rerun()); // the command for exactly this run
//     std::uint64_t n = seed.below(100);
//
//   ROPEWALK_SEED=42 build/release/tests/test_runtime "decode undoes encode"

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include <catch2/catch.hpp>

namespace ropewalk::tests {

class random_seed {
public:
  random_seed() : seed_(chosen()), engine_(seed_) {}

  std::uint64_t value() const noexcept { return seed_; }
  std::mt19937_64& engine() noexcept { return engine_; }
  // In [0, bound), bound > 0. Not a standard distribution: those differ between libraries.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  std::string rerun() const {
    std::string name; // a comma would begin another name
    for (const char c : Catch::getResultCapture().getCurrentTestName()) name += c == ',' ? "\\," : std::string(1, c);
    return "ROPEWALK_SEED=" + std::to_string(seed_) + " " ROPEWALK_TEST_PROGRAM " \"" + name + "\"";
  }

private:
  static std::uint64_t chosen() {
    if (const char* given = std::getenv("ROPEWALK_SEED")) return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

} // namespace ropewalk::tests
