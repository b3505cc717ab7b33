#pragma once
// Results of steps that an active instance has recorded, the newest small ones: a worker that begins again asks for one
// after the other, and reading each from the journal costs several times what answering it does.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "runtime/workflow/events.hpp"
#include "runtime/workflow/json_compact.hpp"

namespace ropewalk::actors {

class recent_steps {
public:
  // version: of the instance with this event, above those before.
  void add(std::uint64_t version, const workflow::step_completed& step) {
    const std::size_t result = workflow::compact_bytes(step.result, result_bytes_max + 1);
    if (result > result_bytes_max) return;
    kept_.push_back({version, bytes_a_step + bytes_a_byte * result, step});
    bytes_ += kept_.back().bytes;
    if (bytes_ <= bytes_max) return;
    const auto newer_half = kept_.begin() + static_cast<std::ptrdiff_t>((kept_.size() + 1) / 2);
    for (auto old = kept_.begin(); old != newer_half; ++old) bytes_ -= old->bytes;
    kept_.erase(kept_.begin(), newer_half);
  }
  const workflow::step_completed* find(std::uint64_t version) const noexcept {
    const auto at = std::lower_bound(kept_.begin(), kept_.end(), version,
                                     [](const step& s, std::uint64_t v) { return s.version < v; });
    return at == kept_.end() || at->version != version ? nullptr : &at->what;
  }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct step {
    std::uint64_t version;
    std::size_t bytes;
    workflow::step_completed what;
  };
  static constexpr std::size_t result_bytes_max = 1'024, bytes_max = 32 << 10;
  static constexpr std::size_t bytes_a_step = 160, bytes_a_byte = 4; // in memory, about

  std::vector<step> kept_;
  std::size_t bytes_ = 0;
};

} // namespace ropewalk::actors
