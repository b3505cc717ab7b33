// Entries that lose their place: kept as they were, and nothing that was folded from them stays.

#include "tests/random_seed.hpp"
#include "tests/storage/checkpoint_fixture.hpp"
#include "tests/storage/fault_vfs.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;
using replication::chain_point;

namespace {

chain_point point_in_file(const std::filesystem::path& file, std::uint16_t p, std::uint64_t index) {
  const auto chains = chain_file::open(file);
  REQUIRE(chains);
  const auto found = (*chains)->at(partition_id{p}, index);
  REQUIRE(found);
  return *found;
}

replication::change cut_to(const std::filesystem::path& file, std::uint16_t p, std::uint64_t keep) {
  return adoption_of(keep, {}, point_in_file(file, p, keep));
}

// All that a cut may change, as text.
std::string content_of(const std::filesystem::path& file) {
  auto db = sqlite::connection::open(file, {.read_only = true, .vfs = {}});
  REQUIRE(db);
  std::string text;
  for (const char* query :
       {"SELECT coalesce(group_concat(position || '.' || partition || '.' || idx || hex(hash)), '') FROM entries",
        "SELECT coalesce(group_concat(position || '.' || idx || state || cut), '') FROM quarantine",
        "SELECT coalesce(group_concat(partition || '.' || idx || '.' || position), '') FROM places",
        "SELECT coalesce(group_concat(id || '.' || keep_upto || '.' || lowest || '.' || entries), '') FROM cuts",
        "SELECT coalesce(group_concat(entity || version), '') FROM snapshots",
        "SELECT coalesce(group_concat(partition || hex(sha256)), '') FROM replication"}) {
    const auto line = db->text(query);
    if (!line) FAIL(line.error().detail);
    text += *line + "\n";
  }
  return text;
}

// A member's journal whose partition 0 has `size` entries of thread "a", all accepted.
struct member_journal {
  scratch_directory scratch;
  chain_maker chain{partition_id{0}, 16};
  std::vector<replication::entry_ptr> entries;
  std::unique_ptr<journal> file;

  explicit member_journal(std::uint64_t size, const std::string& vfs = {}) {
    auto options = member_options();
    options.vfs = vfs;
    file = opened(scratch.journal(), options);
    (void)loaded(*file, 0);
    for (std::uint64_t v = 1; v <= size; ++v) entries.push_back(shared(chain.next(1, thread_key("a"), draft(v))));
    must_apply(*file, 0, adoption_of(0, entries, chain.at()));
  }
  // Goes on from `keep` with other entries of a later epoch.
  replication::change fork_at(std::uint64_t keep, std::uint64_t count, std::uint64_t epoch,
                              const std::string& body = R"({"text":"other"})") {
    chain_maker other = chain;
    other.go_back_to(replication::point_of(*entries[keep - 1]));
    std::vector<replication::entry_ptr> fresh;
    for (std::uint64_t v = keep + 1; v <= keep + count; ++v)
      fresh.push_back(shared(other.next(epoch, thread_key("a"), draft(v, body))));
    return adoption_of(keep, fresh, other.at(), {epoch, 1, {}, false});
  }
};

} // namespace

TEST_CASE("what is cut off is in quarantine with all that it was, and positions are never given twice") {
  member_journal m{5};
  CHECK(must_apply(*m.file, 0, m.fork_at(3, 1, 2)));
  CHECK(m.file->head(partition_id{0}).index == 4);
  CHECK(m.file->head(partition_id{0}).position == 6);
  CHECK(count_in(m.scratch.journal(), "entries") == 4);
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE cut = 1 AND state = 'open' AND epoch = 1") == 2);
  CHECK(count_in(m.scratch.journal(), "quarantine WHERE position = 5 AND idx = 5 AND partition = 0 AND entity = 'a'"
                                      " AND version = 5 AND type = 'appended' AND body = '{\"text\":\"hello\"}'"
                                      " AND state_time_us > 0") == 1);
  CHECK(count_in(m.scratch.journal(), "cuts WHERE id = 1 AND partition = 0 AND keep_upto = 3 AND entries = 2"
                                      " AND lowest = 4 AND last_position = 5 AND epoch = 2 AND generation = 2") == 1);
  auto reader = journal_reader::open(m.scratch.journal());
  REQUIRE(reader);
  const auto gone = reader->cut_entries(0, 6, thread_key("a"));
  REQUIRE(gone);
  REQUIRE(gone->size() == 2);
  CHECK((*gone)[1].hash == m.entries[4]->hash);
  std::vector<std::uint64_t> seen;
  const auto read = reader->read_after(0, 100, 1 << 20, [&](entry&& e) { seen.push_back(e.position); });
  REQUIRE(read);
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3, 6});
  CHECK(read->last_cut == 1);
  const std::uint64_t cut_away[] = {5}, never[] = {9};
  CHECK(reader->read_at(cut_away).error().type == "entry_cut");
  CHECK(reader->read_at(never).error().type == "journal_damaged");
  CHECK(*reader->hash_at(5) == m.entries[4]->hash);
  const auto report = verified(m.scratch.journal());
  CHECK_FALSE(report.first_bad);
  CHECK(report.entries == 4);
  CHECK(report.quarantined == 2);
}

TEST_CASE("after a cut at the very end the journal goes on behind it, also after a restart") {
  member_journal m{5};
  must_apply(*m.file, 0, cut_to(m.scratch.journal(), 0, 2));
  CHECK(m.file->last_position() == 5);
  auto reader = journal_reader::open(m.scratch.journal());
  REQUIRE(reader);
  CHECK(*reader->last_position() == 5);
  CHECK(reader->read_after(0, 100, 1 << 20, [](entry&&) {})->last_position == 5);
  CHECK(reader->read_after(0, 2, 1 << 20, [](entry&&) {})->last_position == 2); // a bound is no end
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  m.file.reset();
  m.file = opened(m.scratch.journal());
  CHECK(m.file->last_position() == 5);
  CHECK(m.file->head(partition_id{0}).index == 2);
  must_apply(*m.file, 0, m.fork_at(2, 2, 3));
  CHECK(m.file->head(partition_id{0}).position == 7);
  must_apply(*m.file, 0, adoption_of(0, {}, {0, 0, genesis_hash(fixture_cluster, partition_id{0}, 16)}));
  CHECK(m.file->head(partition_id{0}).index == 0);
  CHECK(m.file->head(partition_id{0}).hash == genesis_hash(fixture_cluster, partition_id{0}, 16));
  const auto report = verified(m.scratch.journal());
  CHECK_FALSE(report.first_bad);
  CHECK(report.quarantined == 7);
}

TEST_CASE("a group that is abandoned after a cut leaves everything as it was") {
  member_journal m{600};
  must_apply(*m.file, 0, m.fork_at(590, 3, 2));
  const std::string before = content_of(m.scratch.journal());
  const auto head = m.file->head(partition_id{0});
  REQUIRE(m.file->begin_group());
  REQUIRE(m.file->put_snapshot(thread_key("a"), {593, "state"}));
  REQUIRE(*m.file->apply_change(partition_id{0}, m.fork_at(3, 7, 3)));
  CHECK(m.file->head(partition_id{0}).index == 10);
  REQUIRE(m.file->abandon_group());
  CHECK(content_of(m.scratch.journal()) == before);
  CHECK(m.file->head(partition_id{0}) == head);
  CHECK(m.file->last_position() == 603);
  must_apply(*m.file, 0, m.fork_at(3, 7, 3));
  CHECK(m.file->head(partition_id{0}).position == 610);
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
}

TEST_CASE("snapshots, checkpoints and pins of what was cut off go with it, others stay") {
  checkpointed w;
  w.fill(one_of_them, 6, 0);
  w.fill(other, 4, 1);
  w.pin(other, checkpoint_id(one_of_them, 5));
  w.pin(other, checkpoint_id(one_of_them, 2));
  w.pin(one_of_them, checkpoint_id(other, 1));
  auto s = one(w.writer(), thread_key("t"), 1, 0);
  s.snapshot = entity_snapshot{1, "state"};
  REQUIRE_FALSE(w.write(std::move(s)).failure);
  s = one(w.writer(), thread_key("u"), 1, 2);
  s.snapshot = entity_snapshot{1, "state"};
  REQUIRE_FALSE(w.write(std::move(s)).failure);
  w.close();
  {
    auto j = opened(w.scratch.journal());
    (void)loaded(*j, 0);
    CHECK(must_apply(*j, 0, cut_to(w.scratch.journal(), 0, 3)));
    CHECK(count_in(w.scratch.journal(), "checkpoints WHERE entity = 'w1'") == 3);
    CHECK(count_in(w.scratch.journal(), "checkpoints WHERE entity = 'w2'") == 4);
    CHECK(count_in(w.scratch.journal(), "snapshots WHERE entity = 't'") == 0);
    CHECK(count_in(w.scratch.journal(), "snapshots WHERE entity = 'u'") == 1);
    CHECK(count_in(w.scratch.journal(), "checkpoint_pins WHERE holder = 'w2'") == 1);
    CHECK(count_in(w.scratch.journal(), "checkpoint_pins WHERE holder = 'w1'") == 1);
    CHECK(must_apply(*j, 1, cut_to(w.scratch.journal(), 1, 0))); // who held a pin is not there any more
    CHECK(count_in(w.scratch.journal(), "checkpoints WHERE entity = 'w2'") == 0);
    CHECK(count_in(w.scratch.journal(), "checkpoint_pins") == 0);
  }
  auto reader = journal_reader::open(w.scratch.journal());
  REQUIRE(reader);
  const auto report = reader->verify_chain({}, w.keys.get());
  REQUIRE(report);
  CHECK_FALSE(report->first_bad);
  CHECK(report->good_checkpoints == 3);
  CHECK(report->bad_checkpoints == 0);
}

TEST_CASE("a hole that quarantine does not explain is found, and so is a changed entry in quarantine") {
  member_journal m{6};
  must_apply(*m.file, 0, m.fork_at(3, 2, 2));
  m.file.reset();
  for (const auto& [change, why] : std::vector<std::pair<const char*, const char*>>{
           {"DELETE FROM quarantine WHERE position = 5", "its position is 7 and should be 4"},
           {"UPDATE quarantine SET body = '{}' WHERE position = 5",
            "an entry in quarantine has a hash that is not that of its content"},
           {"UPDATE entries SET epoch = 1 WHERE position = 8", "the hash is not that of the content"}}) {
    const auto copy = m.scratch.path() / "copy.db";
    std::filesystem::remove(copy);
    std::filesystem::copy_file(m.scratch.journal(), copy);
    tamper(copy, change);
    const auto report = verified(copy);
    REQUIRE(report.first_bad);
    CHECK(report.first_bad->why == why);
    if (std::string(change).find("UPDATE quarantine") == 0) CHECK(report.first_bad->index == 0); // of no chain
  }
}

TEST_CASE("a reason that an operator gives does not excuse damage") {
  member_journal m{6};
  must_apply(*m.file, 0, m.fork_at(3, 2, 2));
  REQUIRE(m.file->begin_group());
  REQUIRE(m.file->settle_quarantined({5, quarantine_state::discarded, "damaged by hand", instant{1'800'000'000'000'000}}));
  REQUIRE(m.file->commit_group());
  m.file.reset();
  CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  tamper(m.scratch.journal(), "UPDATE quarantine SET body = '{}' WHERE position = 5");
  CHECK(verified(m.scratch.journal()).first_bad);
}

TEST_CASE("an epoch that falls within a partition does not verify") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  chain_maker chain{partition_id{0}, 16};
  must_append(*j, chain.next(5, thread_key("a"), draft(1)));
  must_append(*j, chain.next(7, thread_key("a"), draft(2)));
  CHECK_FALSE(verified(scratch.journal()).first_bad);
  must_append(*j, chain.next(6, thread_key("a"), draft(3)));
  CHECK(verified(scratch.journal()).first_bad->why == "its epoch is 6, after 7 in the same partition");
}

TEST_CASE("a cut while a journal is verified begins the verification anew") {
  member_journal m{10'000};
  auto reader = journal_reader::open(m.scratch.journal());
  REQUIRE(reader);
  int calls = 0;
  const auto report = reader->verify_chain([&](std::uint64_t, std::uint64_t) {
    if (++calls == 2) must_apply(*m.file, 0, m.fork_at(1'000, 5, 2)); // what was followed is gone
    return true;
  });
  REQUIRE(report);
  CHECK_FALSE(report->first_bad);
  CHECK(report->entries == 1'005);
  CHECK(report->quarantined == 9'000);
}

TEST_CASE("a disk that fills at any write of a cut leaves all as it was") {
  int refused = 0, done = 0;
  for (int nth = 1; nth <= 60 && done < 3; ++nth) {
    CAPTURE(nth);
    fault_vfs disk;
    member_journal m{300, disk.name()};
    const std::string before = content_of(m.scratch.journal());
    const auto c = m.fork_at(100, 50, 2, std::string(2'000, 'x'));
    disk.plan().fill_disk(nth);
    REQUIRE(m.file->begin_group());
    auto wrote = m.file->apply_change(partition_id{0}, c);
    status_result committed = wrote ? m.file->commit_group() : status_result{wrote.error()};
    disk.plan().mend();
    if (committed) {
      ++done;
    } else {
      ++refused;
      CHECK(committed.error().type == "disk_full");
      REQUIRE(m.file->abandon_group());
      CHECK(content_of(m.scratch.journal()) == before);
      CHECK(m.file->head(partition_id{0}).index == 300);
      REQUIRE(must_apply(*m.file, 0, c));
    }
    CHECK(m.file->head(partition_id{0}).index == 150);
    CHECK_FALSE(verified(m.scratch.journal()).first_bad);
  }
  CHECK(refused > 5);
}

TEST_CASE("a power cut around cuts finds each of them whole or not at all") {
  random_seed seed;
  CAPTURE(seed.rerun());
  volatile_disk memory;
  fault_vfs disk{nullptr, false, &memory};
  member_journal m{400, disk.name()};
  const auto left = m.scratch.path() / "left";
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    const std::string before = content_of(m.scratch.journal());
    const std::uint64_t keep = 1 + seed.below(m.entries.size()), count = 1 + seed.below(40);
    const auto c = m.fork_at(keep, count, 2 + static_cast<std::uint64_t>(round));
    REQUIRE(m.file->begin_group());
    REQUIRE(m.file->apply_change(partition_id{0}, c));
    const bool committed = seed.one_in(2);
    if (committed) {
      REQUIRE(m.file->commit_group());
    }
    memory.cut_power(left, static_cast<int>(seed.below(101)), seed.engine());
    if (!committed) {
      REQUIRE(m.file->abandon_group());
    } else {
      m.entries.resize(keep);
      m.entries.insert(m.entries.end(), c.adopted->entries.begin(), c.adopted->entries.end());
      if (!m.entries.empty()) m.chain.go_back_to(replication::point_of(*m.entries.back()));
    }
    const auto found = opened(left / "journal.db");
    CHECK(content_of(left / "journal.db") == content_of(m.scratch.journal()));
    CHECK((content_of(left / "journal.db") == before) == !committed);
    CHECK(found->head(partition_id{0}).index == m.entries.size());
    CHECK(loaded(*found, 0).accepted == loaded(*m.file, 0).accepted);
    CHECK_FALSE(verified(left / "journal.db").first_bad);
    std::filesystem::remove_all(left);
  }
}
