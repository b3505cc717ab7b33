// Who counts in a partition, on the disk of one member: with the chain that says it, and brought over from a schema that did not know it.

#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;
using replication::change;
using replication::configuration;

namespace {

configuration three_and_four(std::uint64_t index) {
  configuration c;
  c.index = index;
  c.version = 1;
  c.now = {{"n1", "n2", "n3"}, 1};
  c.next = replication::voters{{"n1", "n2", "n3", "n4"}, 2};
  return c;
}

} // namespace

TEST_CASE("the members that a chain names are there after a restart, and stay when other things change") {
  scratch_directory scratch;
  chain_maker chain{partition_id{5}, 16};
  const entry first = chain.next(7, {"", entity_kind::partition, "p5"}, draft(7));
  change c = adoption_of(0, {shared(first)}, replication::point_of(first), {7, 1, {1, 2, 3}, false});
  c.configurations = {three_and_four(1)};
  {
    auto j = opened(scratch.journal(), member_options());
    must_apply(*j, 5, c);
  }
  auto j = opened(scratch.journal(), member_options());
  CHECK(loaded(*j, 5).configurations == *c.configurations);
  CHECK(loaded(*j, 4).configurations.empty());
  change other;
  other.promised = {9, "n2"};
  must_apply(*j, 5, other);
  CHECK(loaded(*j, 5).configurations == *c.configurations);
  change cut;
  cut.configurations = std::vector<configuration>{};
  must_apply(*j, 5, cut);
  CHECK(loaded(*j, 5).configurations.empty());
}

TEST_CASE("what a member of schema 4 promised is there under schema 5") {
  scratch_directory scratch;
  change c;
  c.promised = {8, "east"};
  c.standing = {1'700'000, true};
  {
    auto j = opened(scratch.journal(), member_options());
    must_apply(*j, 5, c);
  }
  // As schema 4 left it: its rows are sealed without the column.
  tamper(scratch.journal(), "ALTER TABLE replication DROP COLUMN members; PRAGMA user_version = 4");
  CHECK(journal_reader::open(scratch.journal()).error().type == "older_schema");
  auto j = opened(scratch.journal(), member_options());
  CHECK(loaded(*j, 5).promised == *c.promised);
  CHECK(loaded(*j, 5).standing == *c.standing);
  CHECK(loaded(*j, 5).configurations.empty());
}

TEST_CASE("members of a level that only a newer program knows are no damage, and say what to start") {
  scratch_directory scratch;
  change c;
  c.configurations = {three_and_four(1)};
  c.configurations->front().level = replication::program_level + 1;
  {
    auto j = opened(scratch.journal(), member_options());
    must_apply(*j, 5, c);
  }
  auto j = opened(scratch.journal(), member_options());
  const auto s = j->load_replication(partition_id{5});
  REQUIRE_FALSE(s);
  CHECK(s.error().code == errc::unsupported);
  CHECK(s.error().type == "program_too_old");
  CHECK(s.error().detail.find("partition 5 has level " + std::to_string(replication::program_level + 1)) == 0);
}

TEST_CASE("members that somebody changed in the file are noticed") {
  scratch_directory scratch;
  change c;
  c.configurations = {three_and_four(1)};
  {
    auto j = opened(scratch.journal(), member_options());
    must_apply(*j, 5, c);
  }
  tamper(scratch.journal(), "UPDATE replication SET members = replace(members, 'n4', 'n5')");
  auto j = opened(scratch.journal(), member_options());
  const auto s = j->load_replication(partition_id{5});
  REQUIRE_FALSE(s);
  CHECK(s.error().code == errc::corrupt);
}
