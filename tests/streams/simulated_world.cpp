#include "tests/streams/simulated_world.hpp"

namespace ropewalk::tests {
namespace {

constexpr std::int64_t longest_wait_us = 60'000'000; // as with real servers, but of simulated time
constexpr std::int64_t step_us = 200;
constexpr std::int64_t shortest_election_us = 4'000'000, longest_election_us = 9'000'000; // of nats-server
constexpr std::size_t largest_record = (1 << 20) - 1;

} // namespace

simulated_world::simulated_world(std::uint64_t seed, bool slow) : chance_(seed) {
  for (sim::sim_streams* s : {&cluster_, &others_}) {
    s->slow = slow;
    s->largest = largest_record;
  }
}

const char* simulated_world::lacks(stream_fault) const { return nullptr; }

void simulated_world::leaderless(std::int64_t for_us) {
  cluster_.down_until_us = others_.down_until_us = clock_.now() + for_us;
}

void simulated_world::inject(stream_fault fault, replication::stream_id) {
  if (fault == stream_fault::no_room) {
    cluster_.room = chance_.chance(0.5) ? sim::sim_room::removes : sim::sim_room::declines;
    return;
  }
  leaderless(chance_.between(shortest_election_us, longest_election_us));
  switch (fault) {
  case stream_fault::crash_leader: break;
  case stream_fault::pause_leader: // what reached it is answered late, or never
    cluster_.faults = {.lose_request = 0.02, .lose_answer = 0.04, .late = 0.04};
    break;
  case stream_fault::crash_all: leaderless(longest_wait_us / 4); break; // longer than anybody waits for an answer
  case stream_fault::wipe:
    cluster_.vanish();
    others_.vanish();
    break;
  case stream_fault::keep_copy: cluster_.keep_copy(); break;
  case stream_fault::put_back_copy: cluster_.put_copy_back(); break;
  case stream_fault::lose_end: cluster_.truncate(2); break;
  case stream_fault::no_room: break;
  }
}

bool simulated_world::goes_on_under(stream_fault fault) const {
  return fault == stream_fault::crash_leader || fault == stream_fault::pause_leader;
}

// Servers that come back elect first: until then it is as it was.
void simulated_world::heal() {
  cluster_.faults = {};
  cluster_.room = sim::sim_room::plenty;
}

bool simulated_world::run_until(const std::function<bool()>& holds) {
  const std::int64_t give_up = clock_.now() + longest_wait_us;
  while (!holds()) {
    if (clock_.now() > give_up) return false;
    clock_.run_until(clock_.now() + step_us);
  }
  return true;
}

} // namespace ropewalk::tests
