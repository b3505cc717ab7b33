// What operators see of quarantine, and that what they decide is kept.

#include <future>

#include "storage/quarantine_reader.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

// Partition 0 had five entries; two, at positions 4 and 5, were cut off.
struct cut_journal {
  scratch_directory scratch;
  std::unique_ptr<journal> file = opened(scratch.journal(), member_options());
  std::vector<replication::entry_ptr> entries;

  cut_journal() {
    (void)loaded(*file, 0);
    chain_maker chain{partition_id{0}, 16};
    for (std::uint64_t v = 1; v <= 5; ++v) entries.push_back(shared(chain.next(1, thread_key("a"), draft(v))));
    must_apply(*file, 0, adoption_of(0, entries, chain.at()));
    REQUIRE(must_apply(*file, 0, adoption_of(3, {}, replication::point_of(*entries[2]))));
  }
  quarantine_reader reader() const {
    auto opened = quarantine_reader::open(scratch.journal(), member_options());
    REQUIRE(opened);
    return *std::move(opened);
  }
};

status_result settled(journal_writer& writer, std::uint64_t position, quarantine_state as, const std::string& reason) {
  std::promise<status_result> told;
  writer.settle({position, as, reason, instant{77}}, [&](const status_result& r) { told.set_value(r); });
  return told.get_future().get();
}

} // namespace

TEST_CASE("quarantine is listed by position, a page at a time, with where it was and what cut it off") {
  const cut_journal j;
  auto reader = j.reader();
  CHECK(reader.open_figures()->all() == 2);
  const auto first = reader.list({0, 1, false});
  REQUIRE(first);
  REQUIRE(first->size() == 1);
  const quarantined_entry& e = first->front();
  CHECK(e.position == 4);
  CHECK(e.partition.value == 0);
  CHECK(e.index == 4);
  CHECK(e.epoch == 1);
  CHECK(e.entity == thread_key("a"));
  CHECK(e.type == "appended");
  CHECK(e.version == 4);
  CHECK(e.body_bytes == 16);
  CHECK(e.cut.keep_upto == 3);
  CHECK(e.cut.time.us > 0);
  CHECK(e.state == "open");
  CHECK(e.reason == "");
  const auto second = reader.list({4, 10, false});
  REQUIRE(second);
  REQUIRE(second->size() == 1);
  CHECK(second->front().position == 5);
  CHECK(reader.list({5, 10, false})->empty());
}

TEST_CASE("quarantine knows what was promised of an entry, and whether it was in a stream") {
  scratch_directory scratch;
  auto j = opened(scratch.journal(), member_options());
  chain_maker chain({0}, 16);
  const auto promised = [&](std::uint64_t version, std::optional<ack_level> level) {
    entry e = chain.next(1, thread_key("a"), draft(version));
    e.promised = level;
    must_append(*j, e);
    return chain.at();
  };
  const auto kept = promised(1, ack_level::peers);
  const auto in_stream = promised(2, ack_level::peers);
  must_apply(*j, 0, adoption_of(2, {}, in_stream)); // its own entries, accepted
  promised(3, ack_level::local);
  promised(4, ack_level::log);
  promised(5, ack_level::peers);
  promised(6, std::nullopt);
  chain.go_back_to(kept);
  REQUIRE(must_apply(*j, 0, adoption_of(1, {shared(chain.next(2, thread_key("b"), draft(1)))}, chain.at())));

  auto reader = quarantine_reader::open(scratch.journal(), member_options());
  REQUIRE(reader);
  const auto page = reader->list({0, 10, false});
  REQUIRE(page);
  REQUIRE(page->size() == 5);
  const std::vector<std::pair<std::optional<ack_level>, bool>> expected{{ack_level::peers, true},
                                                                        {ack_level::local, false},
                                                                        {ack_level::log, false},
                                                                        {ack_level::peers, false},
                                                                        {std::nullopt, false}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK((*page)[i].promised == expected[i].first);
    CHECK((*page)[i].in_stream == expected[i].second);
  }
  const auto figures = reader->open_figures();
  REQUIRE(figures);
  CHECK(figures->local == 1);
  CHECK(figures->log == 1);
  CHECK(figures->peers == 2);
  CHECK(figures->unknown == 1);
  CHECK(figures->alarming() == 4);
  const auto cuts = reader->cuts_after(0, 10);
  REQUIRE(cuts);
  REQUIRE(cuts->size() == 1);
  CHECK(cuts->front().entries == 5);
  CHECK(cuts->front().alarming == 4);
  CHECK(cuts->front().what.keep_upto == 1);
  CHECK(*reader->newest_cut() == cuts->front().id);
  CHECK(reader->cuts_after(cuts->front().id, 10)->empty());
}

TEST_CASE("one entry comes out of quarantine as it was written, or not at all") {
  cut_journal j;
  auto reader = j.reader();
  const auto whole = reader.at(5);
  REQUIRE(whole);
  CHECK(whole->what.hash == j.entries[4]->hash);
  CHECK(whole->what.event.body == R"({"text":"hello"})");
  CHECK(whole->about.index == 5);
  CHECK(reader.at(1).error().type == "not_in_quarantine"); // it is in the chain
  CHECK(reader.at(99).error().code == errc::not_found);
  j.file.reset();
  {
    auto db = sqlite::connection::open(j.scratch.journal(), {});
    REQUIRE(db);
    REQUIRE(db->execute("UPDATE quarantine SET body = '{\"text\":\"other\"}' WHERE position = 5"));
  }
  CHECK(reader.at(5).error().code == errc::corrupt);
}

TEST_CASE("what was decided of an entry in quarantine is kept, once, with its reason, and the journal goes on") {
  cut_journal j;
  remembered_failures failures;
  {
    journal_writer writer(*j.file, failures);
    REQUIRE(settled(writer, 4, quarantine_state::discarded, "sent again by hand"));
    const auto again = settled(writer, 4, quarantine_state::offered, "twice");
    CHECK(again.error().type == "already_settled");
    CHECK(again.error().code == errc::conflict);
    CHECK(settled(writer, 1, quarantine_state::offered, "never cut").error().type == "not_in_quarantine");
    CHECK_FALSE(submit(writer, one(writer, thread_key("b"), 1, 1)).get().failure); // refusals take nothing along
  }
  CHECK(failures.seen().empty());
  auto reader = j.reader();
  CHECK(reader.open_figures()->all() == 1);
  CHECK(reader.list({0, 10, false})->size() == 1);
  const auto all = reader.list({0, 10, true});
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK(all->front().state == "discarded");
  CHECK(all->front().reason == "sent again by hand");
  CHECK(all->front().state_at.us == 77);
  CHECK(all->back().state == "open");
}

TEST_CASE("a decision that comes when the writer has ended is refused") {
  cut_journal j;
  remembered_failures failures;
  journal_writer writer(*j.file, failures);
  writer.stop();
  CHECK(settled(writer, 4, quarantine_state::discarded, "late").error().type == "stopping");
  CHECK(j.reader().open_figures()->all() == 2);
}
