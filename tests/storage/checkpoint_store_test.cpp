#include <map>

#include "tests/random_seed.hpp"
#include "tests/storage/checkpoint_fixture.hpp"
#include "tests/storage/fault_vfs.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const entity_key of_others = workflow_key("w1", "umbrella");

struct refusals {
  std::vector<std::pair<std::uint64_t, std::string>> all; // version, type
  checkpoint_store::refused_listener listener() {
    return [this](const checkpoint_info& c, const error& why) { all.emplace_back(c.about.version, why.type); };
  }
};

using seen_refusals = std::vector<std::pair<std::uint64_t, std::string>>;

} // namespace

TEST_CASE("a checkpoint is read as it was written, the newest at or below a version") {
  checkpointed w;
  w.fill(one_of_them, 5, 3);
  w.fill(other, 2);
  auto store = w.store();
  for (const auto& [asked, got] :
       std::map<std::uint64_t, std::uint64_t>{{5, 5}, {99, 5}, {UINT64_MAX, 5}, {4, 4}, {1, 1}}) {
    const auto found = store.newest_good(*w.keys, one_of_them, asked);
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->state == state_at(one_of_them, got));
    CHECK((*found)->info.about == w.context(one_of_them, got));
    CHECK((*found)->info.raw_bytes == state_at(one_of_them, got).size());
    CHECK((*found)->after.index == got);
    CHECK((*found)->key == "k1");
  }
  CHECK_FALSE(*store.newest_good(*w.keys, one_of_them, 0));
  CHECK_FALSE(*store.newest_good(*w.keys, workflow_key("w3"), 9));
  CHECK_FALSE(*store.newest_good(*w.keys, {"acme", entity_kind::thread, "w1"}, 9));
  CHECK_FALSE(*store.newest_good(*w.keys, of_others, 9)); // I12
  CHECK(*store.count(one_of_them) == 5);
  CHECK(*store.count(of_others) == 0);
}

TEST_CASE("a checkpoint follows the last event of its submission") {
  checkpointed w;
  auto s = one(w.writer(), one_of_them, 1);
  s.events.push_back(draft(2));
  s.events.push_back(draft(3));
  s.checkpoints = std::make_unique<checkpoint_change>();
  s.checkpoints->put = w.pending(one_of_them, 3);
  const auto told = w.write(std::move(s));
  REQUIRE_FALSE(told.failure);
  const auto found = w.store().newest_good(*w.keys, one_of_them, 3);
  REQUIRE(*found);
  CHECK((*found)->after == chain_link{3, told.proof.hash});
  CHECK((*found)->info.position == 3);
}

TEST_CASE("checkpoints are listed newest first, a page at a time") {
  checkpointed w;
  w.fill(one_of_them, 7);
  w.fill(other, 3);
  auto store = w.store();
  std::vector<std::uint64_t> versions;
  std::uint64_t before = 0;
  int pages = 0;
  do {
    const auto page = store.list(one_of_them, before, 3);
    REQUIRE(page);
    for (const auto& c : page->checkpoints) {
      versions.push_back(c.about.version);
      CHECK(c.about == w.context(one_of_them, c.about.version));
      CHECK(c.stored_bytes == store.sealed(c)->size());
    }
    before = page->before.value_or(0);
    ++pages;
  } while (before != 0);
  CHECK(versions == std::vector<std::uint64_t>{7, 6, 5, 4, 3, 2, 1});
  CHECK(pages == 3);
  CHECK_FALSE(store.list(one_of_them, 0, 7)->before);
  CHECK(store.list(one_of_them, 1, 7)->checkpoints.empty());
  CHECK(store.list(one_of_them, 0, 0)->checkpoints.size() == 1);
}

TEST_CASE("a checkpoint is found by its id or the beginning of one, within its org") {
  checkpointed w;
  w.fill(one_of_them, 12);
  w.fill(other, 1);
  w.fill(of_others, 1);
  auto store = w.store();
  const auto found = store.find("acme", checkpoint_id(other, 1));
  REQUIRE(found);
  CHECK(found->about.entity == other);
  CHECK(store.load(*w.keys, *found)->state == state_at(other, 1));
  CHECK(store.find("acme", "018C3F1A-0000-7000-8000-2")->about.entity == other);
  CHECK(store.find(other, "0")->about.version == 1);
  CHECK(store.find(one_of_them, "018c3f1a-0000-7000-8000-100000000012")->about.version == 12);
  CHECK(store.find("acme", "0").error().type == "ambiguous_id");
  CHECK(store.find(one_of_them, "018c3f1a-0000-7000-8000-10000000000").error().type == "ambiguous_id");
  CHECK(store.find("umbrella", "0")->about.entity == of_others);
  CHECK(store.find("umbrella", "018c3")->about.entity == of_others); // a letter goes on
  CHECK(store.find("nobody", "0").error().type == "no_checkpoint");
  CHECK(store.find(other, checkpoint_id(one_of_them, 12)).error().type == "no_checkpoint");
  for (const char* wrong : {"", "g", "01%", "018c3f1a-0000-7000-8000-1000000000121"})
    CHECK(store.find("acme", wrong).error().code == errc::invalid);
  w.prune(other, {.keep_newest = 1, .older_than = {}, .keep = {}, .keys = {}});
  tamper(w.scratch.journal(), "DELETE FROM checkpoints WHERE entity = 'w2'");
  CHECK(store.load(*w.keys, *found).error().type == "no_checkpoint");
  CHECK(store.sealed(*found).error().type == "no_checkpoint");
}

TEST_CASE("what does not verify is passed over and told, and the one before it is used") {
  checkpointed w;
  w.fill(one_of_them, 6);
  w.fill(other, 6);
  const auto at = [](int version) { return " WHERE entity = 'w1' AND version = " + std::to_string(version); };
  const auto from = [](const char* column, const std::string& entity, int version) {
    return std::string("(SELECT ") + column + " FROM checkpoints WHERE entity = '" + entity +
           "' AND version = " + std::to_string(version) + ")";
  };
  struct row {
    std::string change, type;
  };
  const row rows[] = {
      {"UPDATE checkpoints SET sealed = substr(sealed, 1, length(sealed) - 1)" + at(6), "seal_truncated"},
      {"UPDATE checkpoints SET sealed = zeroblob(length(sealed))" + at(6), "seal_corrupt"},
      {"UPDATE checkpoints SET sealed = substr(sealed, 1, length(sealed) - 8) || x'0000000000000000'" + at(6),
       "seal_forged"},
      {"UPDATE checkpoints SET sealed = " + from("sealed", "w1", 5) + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET sealed = " + from("sealed", "w2", 6) + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET phase = 'deployment'" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET parent = ''" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET reason = 'demand'" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET time_us = time_us + 1" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET id = 'x'" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET raw_bytes = raw_bytes + 1" + at(6), "seal_wrong_place"},
      {"UPDATE checkpoints SET position = 999" + at(6), "checkpoint_rolled_back"},
      {"UPDATE checkpoints SET position = position - 1" + at(6), "checkpoint_rolled_back"},
      {"UPDATE checkpoints SET position = " + from("position", "w2", 6) + at(6), "checkpoint_rolled_back"},
      {"UPDATE entries SET body = '{}' WHERE position = " + from("position", "w1", 6), "checkpoint_rolled_back"},
      {"UPDATE entries SET hash = zeroblob(32) WHERE position = " + from("position", "w1", 6),
       "checkpoint_rolled_back"},
      {"UPDATE entries SET version = 'x' WHERE position = " + from("position", "w1", 6), "checkpoint_rolled_back"},
  };
  w.close();
  for (const row& r : rows) {
    CAPTURE(r.change);
    scratch_directory copy;
    std::filesystem::copy_file(w.scratch.journal(), copy.journal());
    tamper(copy.journal(), r.change);
    auto store = checkpoint_store::open(copy.journal());
    REQUIRE(store);
    refusals told;
    const auto found = store->newest_good(*w.keys, one_of_them, 6, told.listener());
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->info.about.version == 5);
    CHECK((*found)->state == state_at(one_of_them, 5));
    CHECK(told.all == seen_refusals{{6, r.type}});
    const auto listed = store->list(one_of_them, 0, 1);
    CHECK(store->load(*w.keys, listed->checkpoints[0]).error().type == r.type);
    CHECK(store->newest_good(*w.keys, other, 6, told.listener()));
    CHECK(told.all.size() == 1);
  }
}

TEST_CASE("a checkpoint of the future that a put back journal does not have is refused") {
  checkpointed w;
  w.fill(one_of_them, 3);
  w.close();
  scratch_directory back; // as it was at version 3
  std::filesystem::copy_file(w.scratch.journal(), back.journal());
  w.open();
  for (std::uint64_t v = 4; v <= 5; ++v) REQUIRE_FALSE(w.write(w.with_checkpoint(one_of_them, v)).failure);
  w.close();
  const std::string attach = "ATTACH '" + w.scratch.journal().string() +
                             "' AS later;"
                             "INSERT INTO checkpoints SELECT * FROM later.checkpoints WHERE version > 3;";
  SECTION("its entry is not there") {
    tamper(back.journal(), attach);
    refusals told;
    const auto found = checkpoint_store::open(back.journal())->newest_good(*w.keys, one_of_them, 9, told.listener());
    CHECK((*found)->info.about.version == 3);
    CHECK(told.all == seen_refusals{{5, "checkpoint_rolled_back"}, {4, "checkpoint_rolled_back"}});
  }
  SECTION("the journal has gone on in another way") {
    {
      auto j = opened(back.journal());
      remembered_failures failures;
      journal_writer writer{*j, failures};
      auto s = one(writer, one_of_them, 4);
      s.events[0].body = R"({"text":"something else"})";
      REQUIRE_FALSE(submit(writer, std::move(s)).get().failure);
    }
    tamper(back.journal(), attach);
    refusals told;
    const auto found = checkpoint_store::open(back.journal())->newest_good(*w.keys, one_of_them, 4, told.listener());
    CHECK((*found)->info.about.version == 3);
    CHECK(told.all == seen_refusals{{4, "checkpoint_rolled_back"}});
  }
}

TEST_CASE("a checkpoint replaces what another chain left at its version") {
  checkpointed w;
  w.fill(one_of_them, 2);
  tamper(w.scratch.journal(), "UPDATE checkpoints SET version = 3, phase = 'stale' WHERE version = 2");
  REQUIRE_FALSE(w.write(w.with_checkpoint(one_of_them, 3)).failure);
  auto store = w.store();
  CHECK(*store.count(one_of_them) == 2);
  CHECK((*store.newest_good(*w.keys, one_of_them, 3))->state == state_at(one_of_them, 3));
}

TEST_CASE("keys that are rotated, revoked or gone decide which checkpoint is used") {
  checkpointed w;
  w.fill(one_of_them, 2);
  w.keys = std::make_shared<const keyring>(*w.keys->rotated(instant{1'700'000'100'000'000}));
  for (std::uint64_t v = 3; v <= 4; ++v) REQUIRE_FALSE(w.write(w.with_checkpoint(one_of_them, v)).failure);
  auto store = w.store();
  const auto newest = [&](const keyring& keys, refusals& told) {
    const auto found = store.newest_good(keys, one_of_them, 9, told.listener());
    REQUIRE(found);
    return *found ? (*found)->info.about.version : 0;
  };
  refusals none, old, unknown;
  CHECK(newest(*w.keys, none) == 4);
  CHECK(store.newest_good(*w.keys, one_of_them, 2)->value().key == "k1");
  CHECK(none.all.empty());
  CHECK(newest(keyring_of("k1", 1), old) == 2);
  CHECK(old.all == seen_refusals{{4, "seal_unknown_key"}, {3, "seal_unknown_key"}});
  CHECK(newest(keyring_of("else", 1), unknown) == 0);
  CHECK(unknown.all.size() == 4);
  const auto revoked = w.keys->revoked("k1");
  refusals early;
  CHECK_FALSE(*store.newest_good(*revoked, one_of_them, 2, early.listener()));
  CHECK(early.all == seen_refusals{{2, "seal_revoked_key"}, {1, "seal_revoked_key"}});
}

TEST_CASE("a checkpoint and the entries it follows are there together or not at all") {
  fault_vfs disk;
  checkpointed w{{.partitions = 16, .vfs = disk.name()}};
  w.fill(one_of_them, 1);
  disk.plan().fill_disk();
  CHECK(w.write(w.with_checkpoint(one_of_them, 2)).failure);
  storage::checkpoint_change change;
  change.pins.push_back({checkpoint_id(one_of_them, 1), true});
  CHECK(w.write(w.change_of(other, std::move(change))).failure->type == "disk_full");
  disk.plan().mend();
  CHECK(*w.store().count(one_of_them) == 1);
  REQUIRE_FALSE(w.write(w.with_checkpoint(one_of_them, 2)).failure);
  auto store = w.store();
  CHECK(*store.count(one_of_them) == 2);
  CHECK((*store.newest_good(*w.keys, one_of_them, 9))->info.about.version == 2);
}

TEST_CASE("checkpoints of 4 MiB states are written, kept over a restart and read beside the writer") {
  checkpointed w;
  random_seed seed;
  CAPTURE(seed.rerun());
  std::string state(4 << 20, ' ');
  for (char& c : state) c = "0123456789abcdef"[seed.below(16)];
  for (std::uint64_t v = 1; v <= 12; ++v) {
    auto s = w.with_checkpoint(one_of_them, v);
    state[0] = static_cast<char>('a' + v);
    s.checkpoints->put = std::move(*pending_seal::begin(*w.keys, w.context(one_of_them, v), state));
    REQUIRE_FALSE(w.write(std::move(s)).failure);
    if (v == 6) {
      w.close();
      w.open();
    }
    const auto found = w.store().newest_good(*w.keys, one_of_them, v);
    REQUIRE(*found);
    CHECK(((*found)->state == state));
    CHECK((*found)->info.stored_bytes < state.size() * 2 / 3);
  }
  CHECK(*w.store().count(one_of_them) == 12);
}
