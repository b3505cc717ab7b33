#include <algorithm>
#include <future>
#include <map>
#include <set>

#include "tests/random_seed.hpp"
#include "tests/storage/checkpoint_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const entity_key third = workflow_key("w3");

std::set<std::uint64_t> versions(const checkpointed& w, const entity_key& who) {
  std::set<std::uint64_t> all;
  auto store = w.store();
  const auto page = store.list(who, 0, 1000);
  REQUIRE(page);
  for (const auto& c : page->checkpoints) all.insert(c.about.version);
  return all;
}

instant time_of(std::uint64_t version) { return {1'700'000'000'000'000 + static_cast<std::int64_t>(version)}; }

// Eight bytes: a single one is zero already in every 256th seal.
void forge(const checkpointed& w, const entity_key& who, std::uint64_t version) {
  tamper(
      w.scratch.journal(),
      "UPDATE checkpoints SET sealed = substr(sealed, 1, length(sealed) - 8) || x'0000000000000000' WHERE entity = '" +
          who.id + "' AND version = " + std::to_string(version));
}

using set = std::set<std::uint64_t>;

} // namespace

TEST_CASE("checkpoints beyond the count go, the oldest first, and no one else's") {
  checkpointed w;
  w.fill(one_of_them, 6);
  w.fill(other, 6);
  w.prune(one_of_them, {.keep_newest = 6, .older_than = {}, .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{1, 2, 3, 4, 5, 6});
  w.prune(one_of_them, {.keep_newest = 4, .older_than = {}, .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{3, 4, 5, 6});
  CHECK(versions(w, other) == set{1, 2, 3, 4, 5, 6});
  w.prune(one_of_them, {.keep_newest = 0, .older_than = {}, .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{6});
}

TEST_CASE("checkpoints beyond the age go though the count would keep them") {
  checkpointed w;
  w.fill(one_of_them, 6);
  w.prune(one_of_them, {.keep_newest = 50, .older_than = time_of(3), .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{3, 4, 5, 6});
  w.prune(one_of_them, {.keep_newest = 50, .older_than = time_of(100), .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{6});
}

TEST_CASE("what is pinned or to be kept stays, until it is let go") {
  checkpointed w;
  w.fill(one_of_them, 6);
  w.pin(other, checkpoint_id(one_of_them, 2));
  w.pin(other, checkpoint_id(one_of_them, 2)); // again
  w.pin(third, checkpoint_id(one_of_them, 2));
  w.pin(workflow_key("w2", "umbrella"), checkpoint_id(one_of_them, 3)); // I12
  w.pin(other, "018c3f1a-0000-7000-8000-000000000000");                 // nobody's
  const checkpoint_prune rule{.keep_newest = 1, .older_than = {}, .keep = {checkpoint_id(one_of_them, 4)}, .keys = {}};
  w.prune(one_of_them, rule);
  CHECK(versions(w, one_of_them) == set{2, 4, 6});
  w.pin(other, checkpoint_id(one_of_them, 2), false);
  w.prune(one_of_them, rule);
  CHECK(versions(w, one_of_them) == set{2, 4, 6});
  w.pin(third, checkpoint_id(one_of_them, 2), false);
  w.prune(one_of_them, rule);
  CHECK(versions(w, one_of_them) == set{4, 6});
}

TEST_CASE("the newest that verifies stays, however many newer ones do not") {
  checkpointed w;
  w.fill(one_of_them, 6);
  forge(w, one_of_them, 5);
  forge(w, one_of_them, 6);
  w.prune(one_of_them, {.keep_newest = 2, .older_than = {}, .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{4, 5, 6});
  w.prune(one_of_them, {.keep_newest = 0, .older_than = {}, .keep = {}, .keys = {}});
  CHECK(versions(w, one_of_them) == set{4});
}

TEST_CASE("nothing goes where none verifies") {
  checkpointed w;
  w.fill(one_of_them, 4);
  w.prune(
      one_of_them,
      {.keep_newest = 0, .older_than = {}, .keep = {}, .keys = std::make_shared<const keyring>(keyring_of("else", 1))});
  CHECK(versions(w, one_of_them) == set{1, 2, 3, 4});
}

TEST_CASE("a sweep prunes everybody's, some at a time, and tells where to go on") {
  checkpointed w;
  const std::vector<entity_key> all = {one_of_them, other, workflow_key("w1", "zeta")};
  for (const entity_key& who : all) w.fill(who, 6);
  w.pin(other, checkpoint_id(one_of_them, 2));
  forge(w, other, 6);
  const auto sweep = [&](const std::optional<entity_key>& after) {
    std::promise<result<std::optional<entity_key>>> told;
    storage::checkpoint_sweep what{after, 2, {.keep_newest = 1, .older_than = {}, .keep = {}, .keys = w.keys}};
    w.writer().sweep(std::move(what), [&](const auto& r) { told.set_value(r); });
    const auto r = told.get_future().get();
    REQUIRE(r);
    return *r;
  };
  const auto next = sweep(std::nullopt);
  CHECK(next == other);
  CHECK(versions(w, one_of_them) == set{2, 6}); // a branch needs the second
  CHECK(versions(w, other) == set{5, 6});       // the newest is broken: the one before it stays
  CHECK(versions(w, all[2]).size() == 6);
  CHECK_FALSE(sweep(next));
  CHECK(versions(w, all[2]) == set{6});
  CHECK_FALSE(sweep(all[2]));
}

TEST_CASE("a submission puts its checkpoint, then pins, then prunes") {
  checkpointed w;
  w.fill(one_of_them, 4);
  auto s = w.with_checkpoint(one_of_them, 5);
  s.checkpoints->pins.push_back({checkpoint_id(one_of_them, 1), true});
  s.checkpoints->prune = checkpoint_prune{.keep_newest = 1, .older_than = {}, .keep = {}, .keys = w.keys};
  REQUIRE_FALSE(w.write(std::move(s)).failure);
  CHECK(versions(w, one_of_them) == set{1, 5});
}

TEST_CASE("pruning does what its rule says, whatever happened before") {
  random_seed seed;
  CAPTURE(seed.rerun());
  checkpointed w;
  struct model {
    bool good = true;
    std::set<std::string> holders;
  };
  std::map<entity_key, std::map<std::uint64_t, model>> there;
  std::map<entity_key, std::uint64_t> last;
  const entity_key all[] = {one_of_them, other, third};
  const auto any_of = [&](const std::map<std::uint64_t, model>& of) {
    return std::next(of.begin(), static_cast<std::ptrdiff_t>(seed.below(of.size())))->first;
  };
  for (int step = 0; step < 600; ++step) {
    const entity_key& who = all[seed.below(3)];
    auto& mine = there[who];
    const auto action = seed.below(10);
    if (action < 5 || mine.empty()) {
      const auto version = ++last[who];
      if (seed.one_in(4)) { // an event without a checkpoint
        REQUIRE_FALSE(w.write(one(w.writer(), who, version)).failure);
      } else {
        REQUIRE_FALSE(w.write(w.with_checkpoint(who, version)).failure);
        mine[version];
      }
    } else if (action < 6) {
      const auto version = any_of(mine);
      forge(w, who, version);
      mine[version].good = false;
    } else if (action < 8) {
      const auto version = any_of(mine);
      const entity_key& holder = all[seed.below(3)];
      const bool held = !mine[version].holders.contains(holder.id);
      w.pin(holder, checkpoint_id(who, version), held);
      if (held) mine[version].holders.insert(holder.id);
      else mine[version].holders.erase(holder.id);
    } else {
      checkpoint_prune rule{.keep_newest = seed.below(6), .older_than = {}, .keep = {}, .keys = {}};
      if (seed.one_in(2)) rule.older_than = time_of(seed.below(last[who] + 2));
      if (seed.one_in(2)) rule.keep.push_back(checkpoint_id(who, any_of(mine)));
      w.prune(who, rule);
      std::uint64_t newest_good = 0;
      for (const auto& [version, m] : mine)
        if (m.good) newest_good = version;
      std::size_t rank = mine.size();
      for (auto at = mine.begin(); at != mine.end() && newest_good != 0;) {
        const auto version = at->first;
        const bool surplus = rank-- > rule.keep_newest;
        const bool old = rule.older_than && time_of(version) < *rule.older_than;
        const bool kept = !at->second.holders.empty() || version == newest_good ||
                          std::find(rule.keep.begin(), rule.keep.end(), checkpoint_id(who, version)) != rule.keep.end();
        at = (surplus || old) && !kept ? mine.erase(at) : std::next(at);
      }
      CAPTURE(step);
      for (const auto& [entity, rows] : there) {
        set expected;
        for (const auto& [version, m] : rows) expected.insert(version);
        REQUIRE(versions(w, entity) == expected);
      }
      auto store = w.store();
      const auto found = store.newest_good(*w.keys, who, UINT64_MAX);
      REQUIRE(found);
      CHECK((*found ? (*found)->info.about.version : 0) == newest_good);
    }
  }
}
