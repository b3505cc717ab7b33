#pragma once
// How many children a node is about to start for its instances. What one of them starts starts others in turn, and
// clients' requests wait behind all that is under way, so there is a bound (I10): a start that finds no place is refused,
// and its parent sends it again after a pause.
//
//   auto place = starts.take();
//   if (!place) return refuse();
//   request->keep = std::move(place); // until the child's start is durable or refused

#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/limits.hpp"

namespace ropewalk::actors {

// Any thread.
class child_starts {
public:
  explicit child_starts(std::uint32_t most = limits::children_starting) : most_(most) {}

  // Null: there is none. Given back when the last copy goes, which may be after this has gone.
  std::shared_ptr<void> take() const {
    if (under_way_->fetch_add(1, std::memory_order_relaxed) < most_)
      return {static_cast<void*>(under_way_.get()), [count = under_way_](void*) { count->fetch_sub(1); }};
    under_way_->fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  std::uint32_t under_way() const { return under_way_->load(std::memory_order_relaxed); }

private:
  const std::uint32_t most_;
  const std::shared_ptr<std::atomic<std::uint32_t>> under_way_ = std::make_shared<std::atomic<std::uint32_t>>(0);
};

} // namespace ropewalk::actors
