#pragma once
// How many children a node is about to start for its instances. What one of them starts starts others in turn, and
// clients' requests wait behind all that is under way, so there is a bound (I10): a start that finds no place is refused,
// and its parent sends it again after a pause.
//
// A partition that gets nothing done (its stream is silent, it has no owner) must not take the places of all others: a
// start that has taken long counts in the bound of its partition alone.
//
//   auto place = starts.take(child);
//   if (!place) return refuse();
//   request->keep = std::move(place); // until the child's start is durable or refused

#include <chrono>
#include <cstdint>
#include <memory>

#include "runtime/entity_key.hpp"
#include "runtime/limits.hpp"

namespace ropewalk::actors {

// Any thread.
class child_starts {
public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds long_time{2};

  // most: of starts that have not taken long; and of all starts in one partition. Of all together four times as many.
  explicit child_starts(std::uint16_t partitions, std::uint32_t most = limits::children_starting);

  // Null: there is none. Given back when the last copy goes, which may be after this has gone.
  std::shared_ptr<void> take(const entity_key& child, clock::time_point now = clock::now()) const;
  std::size_t under_way() const; // those that take long are counted too

private:
  struct books;
  const std::shared_ptr<books> books_;
};

} // namespace ropewalk::actors
