// The command line of `chaos`.

#include <catch2/catch.hpp>

#include "tests/cluster_chaos/chaos_options.hpp"

using namespace ropewalk::chaos;

TEST_CASE("the command that runs a world again has all that its draw depends on") {
  const chaos_options o = parse_chaos_options({"--for", "5m", "--rounds", "3", "--round", "10s", "--rate", "40",
                                               "--nats", "3", "--faults", "node killed,link"});
  CHECK(command_of_world(o, 2003) ==
        "chaos --worlds 1 --seed 2003 --rounds 3 --round 10s --rate 40 --nats 3 --faults 'link,node killed'");
}

TEST_CASE("the command that runs a world again names what differs from all faults alone") {
  CHECK(command_of_world(parse_chaos_options({}), 7) == "chaos --worlds 1 --seed 7 --rounds 5 --round 20s --rate 150");
}
