#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

std::vector<entry> all_after(journal_reader& r, std::uint64_t after, std::size_t max_entries, std::size_t max_bytes) {
  std::vector<entry> found;
  const auto read = r.read_after(after, max_entries, max_bytes, [&](entry&& e) { found.push_back(std::move(e)); });
  REQUIRE(read);
  CHECK(read->entries == found.size());
  CHECK(read->last_position == (found.empty() ? after : found.back().position));
  return found;
}

} // namespace

TEST_CASE("an entry comes back as it was written") {
  scratch_directory scratch;
  auto file = opened(scratch.journal());
  remembered_failures failures;
  journal_writer w{*file, failures};
  auto s = one(w, {"acme/ü", entity_kind::workflow, "id with spaces"}, 1, 15);
  s.events[0].body = std::string("{\"a\":\"\0\"}", 9); // whatever bytes a body has
  s.events[0].time = instant{-5};
  s.events[0].idempotency = idempotency_record{"key-1", {9, 8, 7}, 3};
  const auto told = submit(w, std::move(s)).get();
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  const auto found = all_after(*reader, 0, 10, 1000);
  REQUIRE(found.size() == 1);
  const entry& e = found[0];
  CHECK(e.position == 1);
  CHECK(e.partition.value == 15);
  CHECK(e.index == 1);
  CHECK(e.epoch == 1);
  CHECK(e.entity == entity_key{"acme/ü", entity_kind::workflow, "id with spaces"});
  CHECK(e.event.type == "appended");
  CHECK(e.event.body == std::string("{\"a\":\"\0\"}", 9));
  CHECK(e.event.version == 1);
  CHECK(e.event.time.us == -5);
  REQUIRE(e.event.idempotency);
  CHECK(e.event.idempotency->key == "key-1");
  CHECK(e.event.idempotency->fingerprint == std::array<std::uint8_t, 16>{9, 8, 7});
  CHECK(e.event.idempotency->entries == 3);
  CHECK(e.hash == told.proof.hash);
  CHECK(e.prev_hash == told.entries[0].prev_hash);
}

TEST_CASE("read_after stops at its bounds and goes on from where it was") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  CHECK(*reader->last_position() == 100);
  CHECK(all_after(*reader, 0, 30, 1 << 20).size() == 30);
  CHECK(all_after(*reader, 90, 30, 1 << 20).size() == 10);
  CHECK(all_after(*reader, 100, 30, 1 << 20).empty());
  CHECK(all_after(*reader, 200, 30, 1 << 20).empty());
  CHECK(all_after(*reader, 0, 30, 33).size() == 3); // bodies of 16 bytes: the third reaches the bound
  CHECK(all_after(*reader, 0, 30, 0).size() == 1);  // always at least one
}

TEST_CASE("read_at gives the entries asked for in that order") {
  scratch_directory scratch;
  fill(scratch.journal(), 50);
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  const std::uint64_t positions[] = {50, 1, 7, 7};
  const auto found = reader->read_at(positions);
  REQUIRE(found);
  REQUIRE(found->size() == 4);
  CHECK((*found)[0].position == 50);
  CHECK((*found)[1].position == 1);
  CHECK((*found)[3].position == 7);
  const std::uint64_t beyond[] = {1, 51};
  CHECK(reader->read_at(beyond).error().code == errc::corrupt);
  CHECK(reader->read_at({})->empty());
}

TEST_CASE("nothing that does not verify is handed out") {
  scratch_directory scratch;
  fill(scratch.journal(), 50);
  tamper(scratch.journal(), "UPDATE entries SET body = '{\"text\":\"hellp\"}' WHERE position = 20");
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  std::uint64_t last = 0;
  const auto read = reader->read_after(0, 100, 1 << 20, [&](entry&& e) { last = e.position; });
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::corrupt);
  CHECK(read.error().detail == "the entry at position 20 of the journal does not verify");
  CHECK(last == 19);
  const std::uint64_t positions[] = {20};
  CHECK(reader->read_at(positions).error().code == errc::corrupt);
  CHECK(all_after(*reader, 20, 100, 1 << 20).size() == 30); // the reader can be used on
}

TEST_CASE("an idle reader does not keep the write-ahead log from starting again") {
  scratch_directory scratch;
  fill(scratch.journal(), 10);
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  all_after(*reader, 0, 5, 1 << 20);
  const std::uint64_t positions[] = {3};
  REQUIRE(reader->read_at(positions));
  REQUIRE(reader->snapshot(thread_key("t0")));
  REQUIRE(reader->last_position());
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(scratch.journal().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

TEST_CASE("a journal can be read while no node runs") {
  scratch_directory scratch;
  fill(scratch.journal(), 10);
  REQUIRE_FALSE(std::filesystem::exists(scratch.journal().string() + "-wal"));
  CHECK(verified(scratch.journal()).entries == 10);
  CHECK(journal_reader::open(scratch.path() / "none.db").error().type == "cannot_open");
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "none.db"));
}

TEST_CASE("the newest snapshot of an entity is kept, in the transaction of its entry") {
  scratch_directory scratch;
  auto file = opened(scratch.journal());
  remembered_failures failures;
  journal_writer w{*file, failures};
  auto reader = journal_reader::open(scratch.journal());
  REQUIRE(reader);
  const auto who = thread_key("t");
  CHECK_FALSE(*reader->snapshot(who));
  const auto put = [&](std::uint64_t event, std::uint64_t version, const std::string& state) {
    auto s = one(w, who, event);
    s.snapshot = entity_snapshot{version, state};
    REQUIRE_FALSE(submit(w, std::move(s)).get().failure);
    const auto found = reader->snapshot(who);
    REQUIRE((found && *found));
    return **found;
  };
  CHECK(put(1, 1, "one").state == "one");
  CHECK(put(2, 2, "").version == 2);
  CHECK(put(3, 3, std::string(300'000, 's')).state.size() == 300'000);
  CHECK(put(4, 2, "older").version == 3);
  CHECK_FALSE(*reader->snapshot({"acme", entity_kind::workflow, "t"}));
  CHECK_FALSE(*reader->snapshot({"acmf", entity_kind::thread, "t"}));
}

TEST_CASE("a snapshot that does not verify counts as none") {
  scratch_directory scratch;
  {
    auto file = opened(scratch.journal());
    remembered_failures failures;
    journal_writer w{*file, failures};
    for (const char* id : {"a", "b"}) {
      auto s = one(w, thread_key(id), 1);
      s.snapshot = entity_snapshot{1, std::string("state of ") + id};
      REQUIRE_FALSE(submit(w, std::move(s)).get().failure);
    }
  }
  const auto passed_over = [&](const std::string& sql) {
    const auto copy = scratch.path() / "copy.db";
    std::filesystem::copy_file(scratch.journal(), copy, std::filesystem::copy_options::overwrite_existing);
    tamper(copy, sql);
    auto reader = journal_reader::open(copy);
    REQUIRE(reader);
    const auto before = journal_reader::bad_snapshots();
    const auto found = reader->snapshot(thread_key("a"));
    REQUIRE(found);
    const auto report = reader->verify_chain();
    return !*found && journal_reader::bad_snapshots() == before + 1 && !report->first_bad && report->snapshots == 2 &&
           report->bad_snapshots >= 1;
  };
  CHECK(passed_over("UPDATE snapshots SET state = x'00' WHERE entity = 'a'"));
  CHECK(passed_over("UPDATE snapshots SET version = 2 WHERE entity = 'a'"));
  CHECK(passed_over("UPDATE snapshots SET sha256 = x'' WHERE entity = 'a'"));
  // Another entity's, put in its place.
  CHECK(passed_over("UPDATE snapshots SET (state, sha256) = (SELECT state, sha256 FROM snapshots WHERE entity = 'b')"
                    " WHERE entity = 'a'"));
}
