#include "actors/system_surroundings.hpp"

#include <time.h>

#include <cstdlib>
#include <random>
#include <string>
#include <utility>

#include "actors/log.hpp"

namespace ropewalk::actors {
namespace {

constexpr std::int64_t worth_a_word_us = 5'000'000;

std::int64_t read_us(clockid_t which) {
  timespec t{};
  ::clock_gettime(which, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

smooth_clock begin_now() { return {{read_us(CLOCK_REALTIME)}, read_us(CLOCK_BOOTTIME)}; }

smooth_clock go_on_from(const storage::clock_file& file) {
  const auto mark = file.find(read_us(CLOCK_BOOTTIME));
  if (!mark)
    log_line(log_level::warn, "how recorded time ran before is not known; the system's clock is believed",
             {{"reason", mark.error().detail}});
  return mark && *mark ? smooth_clock(**mark) : begin_now();
}

} // namespace

system_surroundings::system_surroundings() : clock_(begin_now()) {}

system_surroundings::system_surroundings(storage::clock_file file)
    : file_(std::move(file)), clock_(go_on_from(*file_)) {}

surroundings system_surroundings::look() {
  // Seeded once a thread from the system; ids need to be distinct, not secret.
  thread_local std::mt19937_64 dice = [] {
    std::random_device seed;
    std::seed_seq sequence{seed(), seed(), seed(), seed()};
    return std::mt19937_64(sequence);
  }();
  const instant wall{read_us(CLOCK_REALTIME)};
  const std::int64_t elapsed_us = read_us(CLOCK_BOOTTIME);
  instant now;
  std::int64_t behind_us = 0;
  bool changed = false;
  {
    std::lock_guard lock(mutex_);
    now = clock_.tell(wall, elapsed_us);
    behind_us = clock_.behind_us(wall);
    const bool far_off = std::llabs(behind_us) > worth_a_word_us;
    changed = far_off != far_off_;
    far_off_ = far_off;
  }
  if (changed)
    log_line(log_level::warn,
             std::llabs(behind_us) > worth_a_word_us
                 ? "the system's clock jumped; recorded time follows slowly (to take it over at once: stop the node, "
                   "remove clock.json from its data directory, start it)"
                 : "recorded time and the system's clock agree again",
             {{"off_by_s", std::to_string(behind_us / 1'000'000)}});
  return {now, dice(), dice()};
}

void system_surroundings::keep() {
  if (!file_) return;
  clock_mark now;
  {
    std::lock_guard lock(mutex_);
    now = clock_.mark();
  }
  const auto kept = file_->keep(now);
  if (!kept && kept_)
    log_line(log_level::warn, "recorded time is not kept for the next start", {{"reason", kept.error().detail}});
  kept_ = static_cast<bool>(kept);
}

} // namespace ropewalk::actors
