// What replication is proven on is held to what it is run on.
#include <catch2/catch.hpp>

#include "tests/random_seed.hpp"
#include "tests/streams/contract.hpp"
#include "tests/streams/simulated_world.hpp"

namespace ropewalk::tests {
namespace {

constexpr std::uint64_t worlds = 4; // of each case

void simulated_keeps(std::span<const stream_case> cases, bool slow) {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (const stream_case& c : cases) DYNAMIC_SECTION(c.claim) {
      for (std::uint64_t n = 0; n < worlds; ++n) {
        simulated_world world(seed.value() + n, slow);
        c.run(world);
      }
    }
}

} // namespace

TEST_CASE("simulated streams keep the contract") { simulated_keeps(contract_cases(), false); }
TEST_CASE("simulated streams keep the contract through faults") { simulated_keeps(fault_cases(), false); }
TEST_CASE("simulated streams without room keep the contract") { simulated_keeps(room_cases(), false); }
TEST_CASE("slow simulated streams keep the contract") { simulated_keeps(contract_cases(), true); }
TEST_CASE("slow simulated streams keep the contract through faults") { simulated_keeps(fault_cases(), true); }

} // namespace ropewalk::tests
