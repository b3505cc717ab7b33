#pragma once
// The real clock, smoothed over restarts as well where a file says how it ran before, and the real dice.

#include <mutex>
#include <optional>

#include "actors/entity_environment.hpp"
#include "runtime/smooth_clock.hpp"
#include "storage/clock_file.hpp"

namespace ropewalk::actors {

class system_surroundings final : public surroundings_source {
public:
  // Begins with the system's clock.
  system_surroundings();
  // Goes on from what the file has. One that cannot be read is logged, and the system's clock is believed.
  explicit system_surroundings(storage::clock_file file);
  surroundings look() override;
  // Lets a restart go on from here: writes the file if it has to. One thread, many times a second.
  void keep();

private:
  std::optional<storage::clock_file> file_;
  bool kept_ = true; // by the latest keep(); what fails is said once
  std::mutex mutex_;
  smooth_clock clock_;
  bool far_off_ = false; // and it was said
};

} // namespace ropewalk::actors
