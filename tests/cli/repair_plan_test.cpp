// What is given up at a member and learned again, and when nobody may order that.

#include "cli/cluster/cluster_verification.hpp"

#include <catch2/catch.hpp>

using namespace ropewalk;
using namespace ropewalk::cli;

namespace {

// Members n1, n2, ... that answer and stand in both of two partitions.
cluster_verification verified_cluster(std::size_t members, std::uint64_t peers) {
  cluster_verification v;
  v.cluster.id = "try";
  v.cluster.guaranteed_peers = peers;
  v.cluster.partitions = 2;
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= members; ++i) names.push_back("n" + std::to_string(i));
  for (std::size_t i = 1; i <= members; ++i) {
    member_report m;
    m.name = "n" + std::to_string(i);
    m.partitions.resize(2);
    for (partition_report& p : m.partitions) {
      p.standing = true;
      p.members = names;
      p.guaranteed_peers = peers;
      p.durable = 9;
    }
    v.cluster.members.push_back(m);
    v.members.push_back({m.name, "", true, 9, 0, {}});
  }
  v.compared = {9, 9};
  return v;
}

// In partition 1 the last member has another chain from `index` on.
void diverge(cluster_verification& v, std::uint64_t index) {
  chain_divergence d;
  d.index = index;
  for (const member_verification& m : v.members) d.hashes.push_back({m.name, {index, "aa", ""}});
  d.hashes.back().at.hash = "bb";
  d.differ = {v.members.back().name};
  v.divergences.push_back({1, d});
}

} // namespace

TEST_CASE("what differs is given up from there on, by the hash that was seen") {
  auto v = verified_cluster(3, 1);
  diverge(v, 7);
  const auto orders = plan_repair(v, "n3");
  REQUIRE(orders);
  REQUIRE(orders->size() == 1);
  CHECK(orders->front().partition == 1);
  CHECK(orders->front().from == 7);
  CHECK(orders->front().hash == "bb");
  CHECK(plan_repair(v, "n1")->empty());
  CHECK(plan_repair(v, "n4").error().type == "unknown_member");
  CHECK_FALSE(v.verified());
}

TEST_CASE("what is damaged is given up from the damage on, whatever is there, and of two faults the earlier counts") {
  auto v = verified_cluster(3, 1);
  v.members[2].damage = chain_damage{0, 4, 40, "the hash is not that of the content"};
  diverge(v, 7);
  const auto both = plan_repair(v, "n3");
  REQUIRE(both);
  CHECK(both->size() == 2);
  v.members[2].damage = chain_damage{1, 4, 40, "the hash is not that of the content"};
  const auto damaged_first = plan_repair(v, "n3");
  REQUIRE(damaged_first);
  REQUIRE(damaged_first->size() == 1);
  CHECK(damaged_first->front().from == 4);
  CHECK(damaged_first->front().hash.empty());
  v.members[2].damage->index = 8;
  CHECK(plan_repair(v, "n3")->front().from == 7);
  v.members[2].damage->index = 0; // no entry's, or one's in quarantine
  CHECK(plan_repair(v, "n3").error().type == "must_be_wiped");
}

TEST_CASE("nothing is given up unless enough others hold the right chain, stand and answer") {
  const auto refused = [](const cluster_verification& v) {
    const auto orders = plan_repair(v, v.members.back().name);
    return !orders && orders.error().type == "too_few_good";
  };
  auto v = verified_cluster(3, 1);
  diverge(v, 7);
  CHECK_FALSE(refused(v));
  auto silent = v;
  silent.members[0].trouble = "nobody serves it";
  CHECK(refused(silent));
  auto learning = v;
  learning.cluster.members[0].partitions[1].standing = false;
  CHECK(refused(learning));
  auto damaged = v;
  damaged.members[1].damage = chain_damage{1, 2, 20, "damaged"};
  CHECK(refused(damaged));
  damaged.members[1].damage->partition = 0; // of another partition: what comes after it was not read
  CHECK(refused(damaged));
  auto short_of_it = v; // it does not have all that is to be given up
  short_of_it.cluster.members[0].partitions[1].durable = 8;
  CHECK(refused(short_of_it));
  auto behind = v; // it has not come so far
  behind.divergences[0].what.hashes.erase(behind.divergences[0].what.hashes.begin());
  CHECK(refused(behind));

  auto two = verified_cluster(2, 1); // nobody of two could learn from one
  two.members[1].damage = chain_damage{0, 4, 40, "damaged"};
  CHECK(refused(two));
  auto five = verified_cluster(5, 2);
  diverge(five, 7);
  CHECK_FALSE(refused(five));
  five.members[0].trouble = "nobody serves it";
  CHECK_FALSE(refused(five));
  five.members[1].trouble = "nobody serves it";
  CHECK(refused(five));
}

TEST_CASE("without a majority nobody is wrong, so nobody gives anything up") {
  auto v = verified_cluster(3, 1);
  diverge(v, 7);
  v.divergences[0].what.differ.clear();
  CHECK(plan_repair(v, "n3")->empty());
  CHECK_FALSE(v.verified());
}

TEST_CASE("a partition that is wrong again where it was put right is no progress, one that was wrong before that is") {
  const std::vector<repair_order> done{{1, 7, "aa"}, {3, 2, ""}};
  CHECK(wrong_again({}, {{1, 7, ""}}) == nullptr);
  CHECK(wrong_again(done, {{0, 1, ""}, {2, 9, ""}}) == nullptr);
  CHECK(wrong_again(done, {{1, 6, ""}}) == nullptr);
  const std::vector<repair_order> again{{0, 1, ""}, {1, 7, ""}}, behind{{3, 5, ""}};
  CHECK(wrong_again(done, again) == &again[1]);
  CHECK(wrong_again(done, behind) == &behind[0]);
}
