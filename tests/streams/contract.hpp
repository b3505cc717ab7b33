#pragma once
// What is assumed of a stream of records (runtime/replication/record_streams.hpp), as cases that run in any world.
//
//   TEST_CASE("streams on ... keep the contract") {
//     for (const stream_case& c : contract_cases())
//       DYNAMIC_SECTION(c.claim) { my_world world; c.run(world); }
//   }

#include <span>

#include "tests/streams/stream_world.hpp"

namespace ropewalk::tests {

struct stream_case {
  const char* claim;
  void (*run)(stream_world&);
};

std::span<const stream_case> contract_cases(); // in a world that works
std::span<const stream_case> fault_cases();    // while it does not; what a world lacks for a case is printed, and the case left out
std::span<const stream_case> room_cases();     // in a world that has stream_fault::no_room

} // namespace ropewalk::tests
