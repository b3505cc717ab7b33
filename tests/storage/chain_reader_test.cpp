// Entries are found by partition and index, whatever was cut and however quiet a partition is.

#include <thread>

#include "tests/random_seed.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;
using replication::entry_ptr;

namespace {

using model_chains = std::map<std::uint16_t, std::vector<entry_ptr>>;

void compare_reader(chain_file& file, const model_chains& model, random_seed& seed, std::uint16_t partitions) {
  for (int i = 0; i < 30; ++i) {
    const partition_id p{static_cast<std::uint16_t>(seed.below(partitions))};
    const auto found = model.find(p.value);
    const std::vector<entry_ptr> none;
    const auto& chain = found == model.end() ? none : found->second;
    const std::uint64_t index = seed.below(chain.size() + 3);
    const auto at = file.at(p, index);
    if (index == 0) CHECK((at && at->hash == genesis_hash(fixture_cluster, p, partitions)));
    else if (index > chain.size()) CHECK_FALSE(at);
    else CHECK((at && *at == replication::point_of(*chain[index - 1])));

    const std::uint64_t first = 1 + seed.below(chain.size() + 1), last = first + seed.below(2000);
    const std::size_t max_bytes = seed.one_in(3) ? 1 : seed.below(400'000);
    const auto read = file.read(p, first, last, max_bytes);
    const std::uint64_t there = std::min<std::uint64_t>(last, chain.size());
    if (first > there) {
      CHECK(read.empty());
      continue;
    }
    REQUIRE_FALSE(read.empty());
    REQUIRE(read.size() <= there - first + 1);
    bool same = true;
    for (std::size_t k = 0; k < read.size(); ++k)
      same = same && read[k]->hash == chain[first - 1 + k]->hash &&
             read[k]->event.body == chain[first - 1 + k]->event.body;
    CHECK(same);
    std::size_t bytes = 0;
    for (const auto& e : read) bytes += e->event.body.size();
    CHECK((read.size() == 1 || bytes <= max_bytes));
    if (bytes + (read.size() + 1) * 400 < max_bytes) CHECK(read.size() == there - first + 1);
  }
  CHECK_FALSE(file.take_failure());
}

} // namespace

TEST_CASE("a chain reader finds what a model holds, through appends, cuts and restarts") {
  random_seed seed;
  CAPTURE(seed.rerun());
  scratch_directory scratch;
  const auto partitions = static_cast<std::uint16_t>(1 + seed.below(5));
  auto j = opened(scratch.journal(), member_options(partitions));
  for (std::uint16_t p = 0; p < partitions; ++p) (void)loaded(*j, p);
  auto file = chain_file::open(scratch.journal());
  REQUIRE(file);
  model_chains model;
  std::map<std::uint16_t, chain_maker> makers;
  std::uint64_t epoch = 1, quarantined = 0;
  for (int round = 0; round < 60; ++round) {
    REQUIRE(j->begin_group());
    // One partition writes most, the others now and then.
    const auto p = static_cast<std::uint16_t>(seed.one_in(3) ? seed.below(partitions) : 0);
    auto& chain = model[p];
    auto& maker = makers.try_emplace(p, partition_id{p}, partitions).first->second;
    const std::uint64_t keep = seed.one_in(6) ? seed.below(chain.size() + 1) : chain.size();
    const bool abandoned = seed.one_in(7);
    const auto before = chain;
    const auto at_before = maker.at();
    quarantined += abandoned ? 0 : chain.size() - keep;
    if (keep < chain.size()) ++epoch;
    chain.resize(keep);
    maker.go_back_to(keep == 0
                         ? replication::chain_point{0, 0, genesis_hash(fixture_cluster, partition_id{p}, partitions)}
                         : replication::point_of(*chain.back()));
    std::vector<entry_ptr> fresh;
    for (auto n = seed.one_in(4) ? seed.below(3000) : seed.below(20); n-- > 0;)
      fresh.push_back(shared(
          maker.next(epoch, {"", entity_kind::partition, "p"}, draft(1 + round, std::string(seed.below(200), 'x')))));
    const auto done = j->apply_change(partition_id{p}, adoption_of(keep, fresh, maker.at()));
    if (!done) FAIL(done.error().detail);
    CHECK(*done == (keep < before.size()));
    for (const auto& e : fresh) chain.push_back(e);
    if (abandoned) {
      REQUIRE(j->abandon_group());
      chain = before;
      maker.go_back_to(at_before);
    } else {
      REQUIRE(j->commit_group());
    }
    CHECK(j->head(partition_id{p}).index == chain.size());
    if (seed.one_in(4)) compare_reader(**file, model, seed, partitions);
    if (seed.one_in(10)) {
      j.reset();
      j = opened(scratch.journal(), member_options(partitions));
      for (const auto& [q, of] : model) CHECK(j->head(partition_id{q}).index == of.size());
    }
  }
  compare_reader(**file, model, seed, partitions);
  CHECK(count_in(scratch.journal(), "quarantine") == static_cast<std::int64_t>(quarantined));
  // No more places than one entry in 256, but for the first of each partition.
  CHECK(count_in(scratch.journal(), "places") <= static_cast<std::int64_t>(j->last_position() / 256 + partitions));
}

TEST_CASE("a chain reader hands out nothing that does not verify, and says why") {
  scratch_directory scratch;
  chain_maker chain{partition_id{0}, 16};
  {
    auto j = opened(scratch.journal(), member_options());
    (void)loaded(*j, 0);
    for (std::uint64_t v = 1; v <= 3; ++v) must_append(*j, chain.next(1, thread_key("a"), draft(v)));
  }
  tamper(scratch.journal(), "UPDATE entries SET body = '{\"text\":\"forged\"}' WHERE position = 2");
  const auto file = chain_file::open(scratch.journal());
  REQUIRE(file);
  const chain_reader reader{*file, partition_id{0}};
  CHECK(reader.at(1));
  CHECK_FALSE((*file)->take_failure());
  CHECK_FALSE(reader.at(2));
  CHECK((*file)->take_failure()->detail == "the entry at position 2 of the journal does not verify");
  CHECK(reader.read(1, 3, 1 << 20).empty());
  CHECK((*file)->take_failure()->code == errc::corrupt);
  CHECK(reader.read(3, 3, 1 << 20).size() == 1);
}

TEST_CASE("several threads may use one chain file while the journal is written") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  (void)loaded(*j, 0);
  const auto file = chain_file::open(scratch.journal());
  REQUIRE(file);
  chain_maker chain{partition_id{0}, 16};
  std::atomic<std::uint64_t> durable{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&] {
      while (durable < 300) {
        const std::uint64_t upto = durable;
        if (upto > 0 && !(*file)->at(partition_id{0}, upto)) ++wrong;
        if ((*file)->read(partition_id{0}, 1, upto, 1 << 20).size() != upto) ++wrong;
      }
    });
  for (std::uint64_t v = 1; v <= 300; ++v) {
    must_append(*j, chain.next(1, thread_key("a"), draft(v)));
    durable = v;
  }
  for (auto& t : readers) t.join();
  CHECK(wrong == 0);
  CHECK_FALSE((*file)->take_failure());
}
