#include "tests/storage/checkpoint_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

chain_report verified_with(const checkpointed& w, const keyring* keys) {
  auto reader = journal_reader::open(w.scratch.journal());
  REQUIRE(reader);
  auto report = reader->verify_chain({}, keys);
  if (!report) FAIL(report.error().detail);
  return std::move(*report);
}

} // namespace

TEST_CASE("verification counts checkpoints, and checks them when it has keys") {
  checkpointed w;
  w.fill(one_of_them, 100);
  w.fill(other, 50, 5);
  const auto blind = verified_with(w, nullptr);
  CHECK(blind.checkpoints == 150);
  CHECK(blind.good_checkpoints + blind.bad_checkpoints + blind.unknown_key_checkpoints == 0);
  const auto seen = verified_with(w, w.keys.get());
  CHECK(seen.entries == 150);
  CHECK(seen.checkpoints == 150);
  CHECK(seen.good_checkpoints == 150);
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.refused_checkpoints.empty());
}

TEST_CASE("verification names the first checkpoint that is refused, and counts all") {
  checkpointed w;
  w.fill(one_of_them, 80);
  const auto old = w.keys;
  w.keys = std::make_shared<const keyring>(*old->rotated(instant{1'700'000'100'000'000}));
  w.fill(other, 3);
  tamper(w.scratch.journal(), "UPDATE checkpoints SET phase = 'x' WHERE version IN (70, 75) AND entity = 'w1';"
                              "UPDATE checkpoints SET sealed = zeroblob(9) WHERE version = 77 AND entity = 'w1'");
  const auto seen = verified_with(w, w.keys.get());
  CHECK(seen.good_checkpoints == 80);
  CHECK(seen.bad_checkpoints == 3);
  CHECK(seen.unknown_key_checkpoints == 0);
  REQUIRE(seen.refused_checkpoints.size() == 3);
  CHECK(seen.refused_checkpoints.front().entity == one_of_them);
  CHECK(seen.refused_checkpoints.front().version == 70);
  CHECK(seen.refused_checkpoints.front().id == checkpoint_id(one_of_them, 70));
  CHECK(seen.refused_checkpoints.front().why.type == "seal_wrong_place");
  CHECK_FALSE(seen.first_bad); // the chains are another matter

  const auto without = verified_with(w, old.get());
  CHECK(without.good_checkpoints == 77);
  CHECK(without.bad_checkpoints == 3);
  CHECK(without.unknown_key_checkpoints == 3);
  const auto without_k1 = w.keys->revoked("k1");
  REQUIRE(without_k1);
  const auto revoked = verified_with(w, &*without_k1);
  CHECK(revoked.good_checkpoints == 3);
  CHECK(revoked.bad_checkpoints == 80);
  CHECK(revoked.refused_checkpoints.front().why.type == "seal_revoked_key");
}

TEST_CASE("a checkpoint that follows no entry of the chain is bad") {
  checkpointed w;
  w.fill(one_of_them, 3);
  w.close();
  tamper(w.scratch.journal(), "DELETE FROM entries WHERE position = 3");
  const auto seen = verified_with(w, w.keys.get());
  CHECK(seen.good_checkpoints == 2);
  CHECK(seen.bad_checkpoints == 1);
  CHECK(seen.refused_checkpoints.front().why.type == "checkpoint_rolled_back");
}

TEST_CASE("verification of checkpoints can be ended") {
  checkpointed w;
  w.fill(one_of_them, 100);
  auto reader = journal_reader::open(w.scratch.journal());
  REQUIRE(reader);
  int asked = 0;
  const auto ended = reader->verify_chain([&](std::uint64_t, std::uint64_t) { return ++asked < 2; }, w.keys.get());
  CHECK(ended.error().type == "interrupted");
  CHECK(asked == 2);
}
