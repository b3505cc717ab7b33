#include "actors/system_surroundings.hpp"

#include <chrono>
#include <random>

namespace ropewalk::actors {

surroundings system_surroundings::look() {
  // Seeded once a thread from the system; ids need to be distinct, not secret.
  thread_local std::mt19937_64 dice = [] {
    std::random_device seed;
    std::seed_seq sequence{seed(), seed(), seed(), seed()};
    return std::mt19937_64(sequence);
  }();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()}, dice(), dice()};
}

} // namespace ropewalk::actors
