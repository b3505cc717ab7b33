// Others on the same NATS server write what members write: none of it is believed. And keys change under a cluster that serves.

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <thread>

#include "runtime/replication/message_codec.hpp"
#include "runtime/replication/record_codec.hpp"
#include "tests/support/cluster_system.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/keyed_writers.hpp"
#include "tests/support/member_words.hpp"
#include "tests/support/program.hpp"
#include "transport/stream_names.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json partitions_seen(const cluster_system& system) {
  return run_program(system, "cluster partitions").json().value("partitions", json::array());
}

// What would take a partition away from its owner: a SEAL, in its stream and unsigned.
void forge_seals(cluster_system& system) {
  const transport::stream_names names("rw", "test");
  for (const json& p : partitions_seen(system)) {
    const partition_id partition{p["partition"].get<std::uint16_t>()};
    replication::record seal;
    seal.kind = replication::record_kind::seal;
    seal.epoch = p["epoch"].get<std::uint64_t>() + 7;
    seal.owner = "n1";
    REQUIRE(system.client().publish(names.subject({partition, p["generation"].get<std::uint64_t>()}),
                                    replication::encode(seal)));
  }
}

// What would make every member promise an epoch that nobody has.
void forge_prepares(cluster_system& system) {
  for (int to = 1; to <= 3; ++to)
    for (std::uint16_t p = 0; p < 4; ++p) {
      replication::message m;
      m.from = "n" + std::to_string(to % 3 + 1);
      m.incarnation = 1;
      replication::prepare asks;
      asks.epoch = 1'000'000;
      m.body = asks;
      const std::string to_member = "rw.cluster.test.to.n" + std::to_string(to);
      REQUIRE(system.client().publish(to_member, replication::encode(partition_id{p}, m)));
      REQUIRE(system.client().publish(to_member, ""));
      REQUIRE(system.client().publish(to_member, std::string(100'000, 'x')));
    }
}

std::uint64_t highest_epoch(const cluster_system& system) {
  std::uint64_t highest = 0;
  for (const json& p : partitions_seen(system)) highest = std::max(highest, p["epoch"].get<std::uint64_t>());
  return highest;
}

void copy_keys(const cluster_system& system, const std::string& from, const std::string& to) {
  std::filesystem::copy_file(system.scratch() / from, system.scratch() / to,
                             std::filesystem::copy_options::overwrite_existing);
}

void rotate(const cluster_system& system) {
  REQUIRE(run_program(system, "keyring rotate --keyring " + (system.scratch() / "keys.json")).code == 0);
}

} // namespace

TEST_CASE("what others write into the streams and to the members changes nothing") {
  cluster_system system;
  keyed_writers writers(system, 8, 8);
  for (int round = 0; round < 3; ++round) {
    const std::size_t before = writers.acknowledged();
    forge_seals(system);
    forge_prepares(system);
    REQUIRE(eventually([&] { return writers.acknowledged() > before + 50; }, 60s));
  }
  CHECK(highest_epoch(system) < 1000);
  const auto internal = system.ask("rw.cluster.test.internal.n1",
                                   {{"to", {{"kind", 1}, {"org", "acme"}, {"id", "w"}}}, {"what", "cancel"}});
  CHECK(internal.code == 503);
  CHECK(internal.type() == "member_seal_forged");
  const auto done = writers.stop();
  CHECK(done.failed == 0);
  REQUIRE(system.wait_serving());
  writers.check(system);
  CHECK(system.log(0).find("a message between members was refused") != std::string::npos);
  CHECK(system.chains_agree() == "");
}

TEST_CASE("the key of a cluster is rotated under load, and a member that does not have it yet waits for it") {
  cluster_system system;
  copy_keys(system, "keys.json", "old-keys.json");
  system.kill(2);
  system.start(2, "old-keys.json");
  REQUIRE(system.wait_serving());
  keyed_writers writers(system, 8, 8);
  rotate(system);
  for (const int i : {0, 1}) system.node(i).signal(SIGHUP);
  REQUIRE(eventually([&] { return system.log(2).find("waits for a key") != std::string::npos; }, 60s));
  std::size_t before = writers.acknowledged();
  REQUIRE(eventually([&] { return writers.acknowledged() > before + 50; }, 60s)); // two of three go on

  copy_keys(system, "keys.json", "old-keys.json");
  system.node(2).signal(SIGHUP);
  before = writers.acknowledged();
  REQUIRE(eventually([&] { return writers.acknowledged() > before + 50; }, 60s));
  REQUIRE(eventually([&] { return run_program(system, "cluster status").code == 0; }, 60s));
  const auto done = writers.stop();
  CHECK(done.failed == 0);
  writers.check(system);
  CHECK(system.chains_agree() == "");
}

TEST_CASE("a record with a key that no member has stops its partition, says so, and is got rid of with its stream") {
  cluster_system system({.partitions = 1});
  REQUIRE(system.thread("t", "create").code == 200);
  REQUIRE(system.thread("t", "append", user_message("before")).code == 200);
  const std::uint64_t generation = partitions_seen(system).at(0)["generation"];
  REQUIRE(run_program(system, "keyring create --keyring " + (system.scratch() / "strange.json")).code == 0);
  const transport::stream_names names("rw", "test");
  const replication::stream_id stream{partition_id{0}, generation};
  REQUIRE(system.client().publish(
      names.subject(stream),
      sealed_as_member(system, "record test 0 " + std::to_string(generation), "of a stranger", "strange.json")));
  const auto write = [&] {
    return system.ask("rw.v1.acme.thread.t.append", user_message("during"), {{"Rw-Idempotency-Key", "k"}}, 2s).code;
  };
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(eventually(
        [&] {
          (void)write(); // its owner does not read what it has not been refused
          return system.log(i).find("a partition waits for a key") != std::string::npos;
        },
        60s));
    CHECK(system.log(i).find("sequence=") != std::string::npos);
  }
  REQUIRE(eventually([&] { return partitions_seen(system).at(0)["owner"] == ""; }, 30s));
  CHECK(run_program(system, "cluster status").code != 0);
  // Nothing that would need it is acknowledged.
  CHECK(write() != 200);
  const auto removed = system.client().request("$JS.API.STREAM.DELETE." + names.stream(stream), {}, "", 5s);
  REQUIRE(removed);
  CHECK(eventually([&] { return system.thread("t", "append", user_message("during"), "k").code == 200; }, 60s));
  CHECK(system.thread("t", "messages").body["messages"].size() == 2);
  CHECK(system.chains_agree() == "");
}
