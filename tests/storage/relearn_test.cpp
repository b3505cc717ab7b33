// A member's chain that is wrong from an index on is given up from there, to be learned again, and nothing is gone in silence.

#include "storage/membership.hpp"
#include "storage/quarantine.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const instant relearn_day{1'800'000'000'000'000};

// Partitions 0 and 1 have six entries each, all accepted, in full standing.
struct standing_member {
  scratch_directory scratch;
  std::vector<replication::entry_ptr> entries;
  std::unique_ptr<journal> file;

  standing_member() {
    file = opened(scratch.journal(), member_options());
    for (std::uint16_t p = 0; p < 2; ++p) {
      (void)loaded(*file, p);
      chain_maker chain{partition_id{p}, 16};
      std::vector<replication::entry_ptr> its;
      for (std::uint64_t v = 1; v <= 6; ++v)
        its.push_back(shared(chain.next(3, thread_key("t" + std::to_string(p)), draft(v))));
      auto change = adoption_of(0, its, chain.at(), {3, 6, {}, false});
      change.standing = {77, true};
      change.promised = {3, "east"};
      must_apply(*file, p, change);
      if (p == 0) entries = its;
    }
  }
  result<bool> relearn(const relearning& what) {
    REQUIRE(file->begin_group());
    auto done = file->relearn(what);
    if (done) {
      REQUIRE(file->commit_group());
    } else {
      REQUIRE(file->abandon_group());
    }
    return done;
  }
  // While it is open: a start would find what is damaged behind the anchor, and stop.
  void damage(const std::string& sql) { tamper(scratch.journal(), sql); }
};

} // namespace

TEST_CASE("what is learned again goes to quarantine, and the disk counts as put back in that partition alone") {
  standing_member m;
  const auto done = m.relearn({partition_id{0}, 4, m.entries[3]->hash, relearn_day});
  if (!done) FAIL(done.error().detail);
  const auto state = loaded(*m.file, 0);
  CHECK(state.standing == replication::standing{1'800'000'000'000'000, false});
  CHECK(state.promised == replication::given_promise{3, "east"});
  CHECK(state.position == replication::stream_position{});
  CHECK(state.accepted == replication::point_of(*m.entries[2]));
  CHECK(state.tail.empty());
  CHECK(m.file->head(partition_id{0}).index == 3);
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE partition = 0 AND state = 'open' AND reason = ''") == 3);
  const auto other = loaded(*m.file, 1);
  CHECK(other.standing == replication::standing{77, true});
  CHECK(other.accepted.index == 6);
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  // And the right ones find their place.
  must_apply(*m.file, 0, adoption_of(3, {m.entries[3], m.entries[4]}, replication::point_of(*m.entries[4])));
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  const std::string again = "quarantine WHERE state = 'discarded' AND reason = 'the member has learned it again'";
  CHECK(count_in(m.scratch.journal(), again) == 2);
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE state = 'open' AND idx = 6") == 1);
  // Another entry in its place is no reason to forget it; nor is a start in between.
  m.file.reset();
  m.file = opened(m.scratch.journal(), member_options());
  (void)loaded(*m.file, 0);
  chain_maker fork{partition_id{0}, 16};
  fork.go_back_to(replication::point_of(*m.entries[4]));
  const auto sixth = shared(fork.next(9, thread_key("t0"), draft(6, R"({"text":"another"})")));
  must_apply(*m.file, 0, adoption_of(5, {sixth}, replication::point_of(*sixth)));
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE state = 'open' AND idx = 6") == 1);
  must_apply(*m.file, 0, adoption_of(5, {m.entries[5]}, replication::point_of(*m.entries[5])));
  CHECK(count_in(m.scratch.journal(), again) == 3);
}

TEST_CASE("all of a partition can be learned again") {
  standing_member m;
  REQUIRE(m.relearn({partition_id{0}, 1, std::nullopt, relearn_day}));
  const auto state = loaded(*m.file, 0);
  CHECK(state.accepted.index == 0);
  CHECK(state.standing.full == false);
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE partition = 0") == 6);
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
}

TEST_CASE("another entry than the one that was seen is not touched, nor is what is not there") {
  standing_member m;
  digest other = m.entries[3]->hash;
  other[0] ^= 1;
  CHECK(m.relearn({partition_id{0}, 4, other, relearn_day}).error().type == "other_entry");
  CHECK(m.relearn({partition_id{0}, 7, std::nullopt, relearn_day}).error().field == "from");
  CHECK(m.relearn({partition_id{0}, 0, std::nullopt, relearn_day}).error().field == "from");
  CHECK(m.relearn({partition_id{16}, 1, std::nullopt, relearn_day}).error().field == "partition");
  CHECK(loaded(*m.file, 0).standing == replication::standing{77, true});
  CHECK(count_in(m.scratch.journal(), "quarantine") == 0);
}

TEST_CASE("an entry that was damaged before it was given up is kept and marked, and the journal verifies without it") {
  standing_member m;
  m.damage("UPDATE entries SET body = '{}' WHERE partition = 0 AND idx = 4");
  const auto bad = verified(m.scratch.journal()).first_bad;
  REQUIRE(bad);
  CHECK(bad->partition.value == 0);
  CHECK(bad->index == 4);
  REQUIRE(m.relearn({partition_id{0}, 4, std::nullopt, relearn_day}));
  const auto after = verified(m.scratch.journal());
  CHECK_FALSE(after.first_bad);
  CHECK(after.quarantined == 3);
  CHECK(after.damaged_quarantined == 1);
  auto reader = journal_reader::open(m.scratch.journal());
  REQUIRE(reader);
  const auto gone = reader->cut_entries(0, 100, thread_key("t0"));
  REQUIRE(gone);
  CHECK(gone->size() == 2); // views are repaired from those that are what they were

  // Whoever settles it does not make it damage of what is kept.
  REQUIRE(m.file->begin_group());
  REQUIRE(m.file->settle_quarantined({4, quarantine_state::discarded, "seen", relearn_day}));
  REQUIRE(m.file->commit_group());
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE reason = 'damaged; seen' AND state = 'discarded'") == 1);
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  tamper(m.scratch.journal(), "UPDATE quarantine SET body = '{}' WHERE position = 5");
  CHECK(verified(m.scratch.journal()).first_bad);
}

TEST_CASE("a disk that is too damaged for a repair in place says so, and stays as it is") {
  for (const char* damage : {"UPDATE entries SET idx = 9 WHERE partition = 0 AND idx = 5",
                             "DELETE FROM entries WHERE partition = 0 AND idx = 5",
                             "UPDATE entries SET body = '{}' WHERE partition = 0 AND idx = 3"}) {
    CAPTURE(damage);
    standing_member m;
    m.damage(damage);
    const auto done = m.relearn({partition_id{0}, 4, std::nullopt, relearn_day});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == errc::conflict);
    CHECK(done.error().type == "must_be_wiped");
    CHECK(count_in(m.scratch.journal(), "quarantine") == 0);
  }
}
