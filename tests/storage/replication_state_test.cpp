// What a member of a cluster keeps of one partition: as it was told, over restarts, and nothing else.

#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;
using replication::chain_point;
using replication::change;

TEST_CASE("a new journal takes the cluster's id, and one of another cluster is refused") {
  scratch_directory scratch;
  CHECK(opened(scratch.journal(), member_options())->meta().cluster == "c1");
  CHECK(opened(scratch.journal())->meta().cluster == "c1");
  auto options = member_options();
  options.cluster = "c2";
  const auto other = journal::open(scratch.journal(), options);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == errc::conflict);
  CHECK(other.error().type == "other_cluster");
  CHECK(other.error().detail == "the journal is of cluster c1, not of c2");
  options.cluster = "a cluster";
  CHECK(journal::open(scratch.path() / "new.db", options).error().field == "cluster");
}

TEST_CASE("a partition that holds nothing begins at its genesis, with no standing") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  const auto s = loaded(*j, 3);
  CHECK(s.standing == replication::standing{0, false});
  CHECK(s.promised == replication::given_promise{});
  CHECK(s.incarnations.empty());
  CHECK(s.position == replication::stream_position{});
  CHECK(s.accepted == chain_point{0, 0, genesis_hash("c1", partition_id{3}, 16)});
  CHECK(s.tail.empty());
}

TEST_CASE("all that a member was told to keep is there after a restart, each partition's own") {
  scratch_directory scratch;
  chain_maker chain{partition_id{5}, 16};
  const entry first = chain.next(7, {"", entity_kind::partition, "p5"}, draft(7));
  const entry second = chain.next(7, thread_key("a"), draft(1));
  const entry third = chain.next(7, thread_key("a"), draft(2));
  change c = adoption_of(0, {shared(first), shared(second)}, replication::point_of(second), {7, 11, {1, 2, 3}, true});
  c.promised = {8, "east"};
  c.standing = {1'700'000, true};
  c.incarnations = {{"east", 17}, {"north west", 18}, {"south", 0}};
  {
    auto j = opened(scratch.journal(), member_options());
    (void)loaded(*j, 5);
    CHECK_FALSE(must_apply(*j, 5, c));
    must_append(*j, third);
    CHECK(j->head(partition_id{5}).index == 3);
  }
  auto j = opened(scratch.journal(), member_options());
  CHECK(j->head(partition_id{5}).hash == third.hash);
  CHECK(j->last_position() == 3);
  const auto s = loaded(*j, 5);
  CHECK(s.promised == *c.promised);
  CHECK(s.standing == *c.standing);
  CHECK(s.incarnations == *c.incarnations);
  CHECK(s.position == c.adopted->position);
  CHECK(s.accepted == replication::point_of(second));
  REQUIRE(s.tail.size() == 1);
  CHECK(s.tail[0]->hash == third.hash);
  CHECK(s.tail[0]->position == 3);
  CHECK(loaded(*j, 4).promised == replication::given_promise{});

  // Each part by itself leaves the others as they are.
  change only;
  only.promised = {9, "south"};
  must_apply(*j, 5, only);
  const auto after = loaded(*j, 5);
  CHECK(after.promised == *only.promised);
  CHECK(after.standing == *c.standing);
  CHECK(after.incarnations == *c.incarnations);
  CHECK(after.accepted == s.accepted);
  CHECK(after.tail.size() == 1);
  CHECK_FALSE(verified(scratch.journal()).first_bad);
}

TEST_CASE("an entry that does not follow its partition's head is not written") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  chain_maker chain{partition_id{2}, 16};
  must_append(*j, chain.next(1, thread_key("a"), draft(1)));
  entry skipped = chain.next(1, thread_key("a"), draft(2));
  entry beyond = chain.next(1, thread_key("a"), draft(3));
  chain_maker elsewhere{partition_id{2}, 16};
  (void)elsewhere.next(1, thread_key("b"), draft(1));
  entry of_another_chain = elsewhere.next(1, thread_key("b"), draft(2));
  for (entry* bad : {&beyond, &of_another_chain}) {
    REQUIRE(j->begin_group());
    const auto refused = j->append_placed(*bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::corrupt);
    CHECK(refused.error().type == "misplaced_entry");
    CHECK(refused.error().detail.starts_with("partition 2, index " + std::to_string(bad->index) + " does not follow"));
    REQUIRE(j->abandon_group());
  }
  const auto wrong_partition = applied(*j, 3, adoption_of(0, {shared(skipped)}, chain.at()));
  REQUIRE_FALSE(wrong_partition);
  CHECK(wrong_partition.error().type == "misplaced_entry");
  CHECK(j->head(partition_id{2}).index == 1);
  CHECK(verified(scratch.journal()).entries == 1);
}

TEST_CASE("what is said to be accepted must be in the chain") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  chain_maker chain{partition_id{2}, 16};
  const entry first = chain.next(1, thread_key("a"), draft(1));
  for (chain_point wrong :
       {chain_point{1, 1, digest{1}}, chain_point{2, 1, first.hash}, chain_point{1, 2, first.hash}}) {
    const auto refused = applied(*j, 2, adoption_of(0, {shared(first)}, wrong));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::corrupt);
  }
  CHECK(j->last_position() == 0);
  CHECK_FALSE(must_apply(*j, 2, adoption_of(0, {shared(first)}, replication::point_of(first))));
}

TEST_CASE("a state that was changed on the disk, or that the chain does not hold, is not used") {
  scratch_directory scratch;
  chain_maker chain{partition_id{0}, 16};
  const entry first = chain.next(1, thread_key("a"), draft(1));
  {
    auto j = opened(scratch.journal(), member_options());
    change c = adoption_of(0, {shared(first)}, replication::point_of(first));
    c.promised = {3, "east"};
    c.incarnations = {{"east", 17}};
    must_apply(*j, 0, c);
  }
  for (const char* forged : {"promised_epoch = 2", "promised_to = 'west'", "standing = 1", "incarnation = 5",
                             "incarnations = '16 east' || char(10)", "incarnations = 'x'", "generation = 4",
                             "sequence = 3", "sealed = 1", "accepted_epoch = 2", "record = zeroblob(3)"}) {
    CAPTURE(forged);
    const auto copy = scratch.path() / "copy.db";
    std::filesystem::remove(copy);
    std::filesystem::copy_file(scratch.journal(), copy);
    tamper(copy, std::string("UPDATE replication SET ") + forged);
    auto j = opened(copy);
    const auto refused = j->load_replication(partition_id{0});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::corrupt);
  }
}

TEST_CASE("a single node's journal becomes a member's: its head is accepted, in no stream") {
  scratch_directory scratch;
  fill(scratch.journal(), 9000, 3);
  auto j = opened(scratch.journal());
  const auto s = loaded(*j, 1);
  CHECK(s.accepted == chain_point{1, 3000, j->head(partition_id{1}).hash});
  CHECK(s.position == replication::stream_position{});
  CHECK_FALSE(s.standing.full);
  CHECK(s.tail.empty());
  CHECK(loaded(*j, 9).accepted.index == 0);
  const auto chains = chain_file::open(scratch.journal());
  REQUIRE(chains);
  CHECK(*(*chains)->at(partition_id{1}, 3000) == s.accepted);
  CHECK((*chains)->at(partition_id{1}, 1)->epoch == 1);
}
