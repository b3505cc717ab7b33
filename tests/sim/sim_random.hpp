#pragma once
// The world's only source of chance: splitmix64, so that a seed gives the same world everywhere.

#include <cmath>
#include <cstdint>

namespace ropewalk::sim {

class sim_random {
public:
  explicit sim_random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double p) { return p > 0 && static_cast<double>(next() >> 11) * 0x1.0p-53 < p; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Of events with this mean count a minute, how long until the next one.
  std::int64_t until_next(double a_minute) {
    return static_cast<std::int64_t>(-std::log(1.0 - unit()) * 60'000'000.0 / a_minute);
  }

private:
  std::uint64_t state_;
};

} // namespace ropewalk::sim
