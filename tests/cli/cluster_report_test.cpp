// What a cluster's report makes of what its members said.

#include "cli/cluster/cluster_report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace ropewalk::cli;
using nlohmann::json;

namespace {

// n1 owns partition 0 of two, n2 owns partition 1; all of it is committed.
cluster_report two_members() {
  cluster_report r;
  r.id = "try";
  r.partitions = 2;
  for (const char* name : {"n1", "n2"}) {
    member_report m;
    m.name = name;
    m.partitions.resize(2);
    for (partition_report& p : m.partitions) {
      p.members = {"n1", "n2"};
      p.epoch = p.generation = 1;
      p.head = p.accepted = p.durable = 9;
      p.standing = true;
    }
    r.members.push_back(m);
  }
  r.members[0].partitions[0].serving = r.members[1].partitions[1].serving = true;
  return r;
}

} // namespace

TEST_CASE("a cluster whose entries are all committed is healthy") {
  const cluster_report r = two_members();
  CHECK(r.healthy());
  CHECK(r.standing_still().empty());
  const json status = json::parse(render_status(r));
  CHECK(status["uncommitted"] == 0);
  CHECK(status["standing_still"] == json::array());
}

TEST_CASE("entries on their way are counted, and are no trouble as long as they move") {
  cluster_report r = two_members();
  r.members[1].partitions[1].head = 12;
  r.members[1].partitions[0].head = 99; // not its owner: it speaks of nothing
  CHECK(r.uncommitted(0) == 0);
  CHECK(r.uncommitted(1) == 3);
  CHECK(r.healthy());
  CHECK(json::parse(render_status(r))["uncommitted"] == 3);
}

TEST_CASE("a partition that commits nothing is told, whether its stream is silent or its entries stand still") {
  const bool silent = GENERATE(true, false);
  cluster_report r = two_members();
  partition_report& p = r.members[1].partitions[1];
  p.head = 12;
  if (silent) p.stream_silent_ms = 17'000;
  else p.stands_still = true;
  CHECK_FALSE(r.healthy());
  CHECK(r.standing_still() == std::vector<std::size_t>{1});
  CHECK(json::parse(render_status(r))["standing_still"] == json::array({1}));
  const json partitions = json::parse(render_partitions(r))["partitions"];
  CHECK(partitions[0]["standing_still"] == false);
  CHECK(partitions[1]["standing_still"] == true);
  CHECK(partitions[1]["uncommitted"] == 3);
  CHECK(partitions[1]["stream_silent_ms"] == (silent ? 17'000 : 0));
}

TEST_CASE("a stream that is silent to one that does not own it says nothing of the partition") {
  cluster_report r = two_members();
  r.members[0].partitions[1].stream_silent_ms = 17'000;
  CHECK(r.healthy());
  CHECK(json::parse(render_partitions(r))["partitions"][1]["stream_silent_ms"] == 0);
}
