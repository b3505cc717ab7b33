// What the members of a cluster tell Prometheus.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http_get.hpp"

using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

int count_of(const std::string& page, const std::string& text) {
  int n = 0;
  for (std::size_t at = page.find(text); at != page.npos; at = page.find(text, at + 1)) ++n;
  return n;
}

} // namespace

TEST_CASE("members tell who owns each partition, how far they are, and how often one was taken over") {
  cluster_system system({.nodes = 3, .partitions = 4, .metrics = true});
  const auto owned = [&] {
    int all = 0;
    for (int n = 0; n < system.nodes(); ++n)
      if (system.node(n).running())
        for (int p = 0; p < 4; ++p)
          all += count_of(http_get(system.metrics_port(n), "/metrics"),
                          "ropewalk_partition_serving{partition=\"" + std::to_string(p) + "\"} 1\n");
    return all;
  };
  CHECK(eventually([&] { return owned() == 4; }, 30s));
  const std::string page = http_get(system.metrics_port(0), "/metrics");
  CAPTURE(page);
  for (const char* name : {"epoch", "generation", "head", "accepted", "lag", "owner"})
    CHECK(count_of(page, "\nropewalk_partition_" + std::string(name) + "{partition=\"") == 4);
  CHECK(count_of(page, "ropewalk_node_info{node=\"n1\",cluster=\"test\"") == 1);
  CHECK(count_of(page, "\nropewalk_takeovers_total ") == 1);
  CHECK(count_of(page, "\nropewalk_handed_on_total ") == 1);
  system.kill(0);
  CHECK(eventually([&] { return owned() == 4; }, 60s));

  // A member that is not in the cluster yet is asked as well: there is no NATS server when it starts.
  system.nats().kill_all();
  system.start(0);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(100ms);
    const std::string early = http_get(system.metrics_port(0), "/metrics");
    REQUIRE(system.node(0).running());
    if (!early.empty()) CHECK(count_of(early, "\nropewalk_partition_serving{partition=\"0\"} 1\n") == 0);
  }
  system.nats().start_all();
  CHECK(eventually([&] { return owned() == 4; }, 60s));
}
