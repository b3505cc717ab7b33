// Requests that a real nats-server maps to their partitions (deploy/nats/).

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <thread>

#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string deployed_mapping = ROPEWALK_SOURCE_DIR "/deploy/nats/partitions-16.conf";

cluster_shape mapped_shape(const std::string& file, int partitions) {
  cluster_shape shape;
  shape.partitions = partitions;
  shape.lease = "2s"; // owners stay where they are on a busy machine
  shape.nats_arguments = {"-c", file};
  return shape;
}

json partitions_at(cluster_system& system, int node) {
  return system.ask("rw.node.n" + std::to_string(node + 1) + ".partitions", json::object(), {}, 2s).body;
}

std::uint64_t handed_on(cluster_system& system) {
  std::uint64_t all = 0;
  for (int n = 0; n < system.nodes(); ++n) all += partitions_at(system, n).value("handed_on", std::uint64_t{0});
  return all;
}

// All partitions have owners, and those do not change for a while: who owned before listens a moment longer.
void wait_settled(cluster_system& system) {
  std::string before;
  int still = 0;
  REQUIRE(eventually(
      [&] {
        std::string now;
        int served = 0;
        int all = 0;
        for (int n = 0; n < system.nodes(); ++n) {
          const json said = partitions_at(system, n).value("partitions", json::array());
          all = std::max(all, static_cast<int>(said.size()));
          for (const json& p : said) {
            if (p["serving"] == true) ++served;
            now += p["serving"] == true ? '1' : '0';
          }
        }
        still = all > 0 && served == all && now == before ? still + 1 : 0;
        before = now;
        std::this_thread::sleep_for(300ms);
        return still >= 10;
      },
      240s));
}

void write_to_many(cluster_system& system, const std::string& name, int count) {
  for (int t = 0; t < count; ++t) {
    const std::string id = name + std::to_string(t);
    REQUIRE(system.thread(id, "create").code == 200);
    REQUIRE(system.thread(id, "append", user_message("x")).code == 200);
    REQUIRE(system.thread(id, "get").body["thread"]["message_count"] == 1);
  }
}

} // namespace

TEST_CASE("with the server's mapping no request is handed on, without it many are") {
  {
    cluster_system system(mapped_shape(deployed_mapping, 16));
    wait_settled(system);
    const std::uint64_t before = handed_on(system);
    write_to_many(system, "mapped", 60);
    CHECK(system.ask("rw.v1.acme.schedule.none.get", json::object()).code == 404);
    CHECK(system.ask("rw.v1.acme.workflow.none.get", json::object()).code == 404);
    CHECK(system.ask("rw.v1.acme.workflow.none.step.begin", json::object()).code == 400);
    // A name that is not plain is one token as well.
    CHECK(system.thread("caf%C3%A9%20au%20lait", "create").code == 200);
    CHECK(handed_on(system) == before);
  }
  cluster_system system({.nodes = 3, .partitions = 16, .lease = "2s"});
  wait_settled(system);
  const std::uint64_t before = handed_on(system);
  write_to_many(system, "plain", 20);
  CHECK(handed_on(system) > before);
}

TEST_CASE("a mapping for fewer partitions than there are does no harm") {
  const scratch_directory scratch;
  const std::string file = scratch / "mapping.conf";
  std::ofstream(file) << R"(mappings: {
  "rw.v1.*.thread.*.*": "rw.part.{{partition(3,1,2)}}.v1.{{wildcard(1)}}.thread.{{wildcard(2)}}.{{wildcard(3)}}"
})";
  cluster_system system(mapped_shape(file, 4));
  write_to_many(system, "wrong", 30);
}

TEST_CASE("with the server's mapping requests find an owner again that took over") {
  cluster_system system(mapped_shape(deployed_mapping, 16));
  write_to_many(system, "before", 20);
  system.kill(0);
  for (int t = 0; t < 20; ++t)
    CHECK(eventually(
        [&] {
          const std::string key = "k" + std::to_string(t);
          return system.thread("before" + std::to_string(t), "append", user_message("again"), key).code == 200;
        },
        60s));
  for (int t = 0; t < 20; ++t)
    CHECK(system.thread("before" + std::to_string(t), "get").body["thread"]["message_count"] == 2);
}
