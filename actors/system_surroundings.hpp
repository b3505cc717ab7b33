#pragma once
// The real clock, smoothed, and the real dice.

#include <mutex>

#include "actors/entity_environment.hpp"
#include "runtime/smooth_clock.hpp"

namespace ropewalk::actors {

class system_surroundings final : public surroundings_source {
public:
  system_surroundings();
  surroundings look() override;

private:
  std::mutex mutex_;
  smooth_clock clock_;
  bool far_off_ = false; // and it was said
};

} // namespace ropewalk::actors
