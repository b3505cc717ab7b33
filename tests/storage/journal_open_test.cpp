#include <chrono>
#include <fstream>

#include "runtime/uuid.hpp"
#include "storage/entry_hash.hpp"
#include "storage/sqlite_migrations.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

TEST_CASE("a new journal has a cluster id, its partitions and epoch 1, and keeps them") {
  scratch_directory scratch;
  journal_meta made;
  {
    const auto j = opened(scratch.journal(), {.partitions = 4, .vfs = {}});
    made = j->meta();
    CHECK(is_uuid(made.cluster));
    CHECK(made.partitions == 4);
    CHECK(made.epoch == 1);
    CHECK(made.created_at.us > 1'700'000'000'000'000);
    CHECK(j->last_position() == 0);
    CHECK(j->head(partition_id{3}).index == 0);
    CHECK(j->head(partition_id{3}).hash == genesis_hash(made.cluster, partition_id{3}, 4));
  }
  const auto again = opened(scratch.journal(), {.partitions = 16, .vfs = {}});
  CHECK(again->meta().cluster == made.cluster);
  CHECK(again->meta().partitions == 4);
  CHECK(again->meta().created_at == made.created_at);
}

TEST_CASE("a journal syncs every commit and writes ahead") {
  scratch_directory scratch;
  fill(scratch.journal(), 1);
  auto db = sqlite::connection::open(scratch.journal(), {});
  REQUIRE(db);
  CHECK(*db->text("PRAGMA journal_mode") == "wal");
  CHECK(*db->integer("PRAGMA page_size") == 8192);
  CHECK(*db->integer("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entries'") == 0);
}

TEST_CASE("heads are recovered from the anchor and the entries behind it") {
  scratch_directory scratch;
  for (const int entries : {1, 1000, 1024, 3000, 5000}) {
    CAPTURE(entries);
    std::filesystem::remove(scratch.journal());
    fill(scratch.journal(), entries);
    const auto seen = verified(scratch.journal());
    REQUIRE_FALSE(seen.first_bad);
    const auto j = opened(scratch.journal());
    CHECK(j->last_position() == static_cast<std::uint64_t>(entries));
    for (std::uint16_t p = 0; p < 16; ++p) CHECK(j->head(partition_id{p}) == seen.heads[p]);
  }
}

TEST_CASE("a journal goes on where it ended") {
  scratch_directory scratch;
  fill(scratch.journal(), 1500, 1);
  {
    auto j = opened(scratch.journal());
    remembered_failures failures;
    journal_writer w{*j, failures};
    CHECK(w.durable_position() == 1500);
    const auto told = submit(w, one(w, thread_key("t0"), 1501)).get();
    CHECK(told.proof.index == 1501);
    CHECK(told.proof.position == 1501);
    CHECK(told.entries[0].prev_hash != digest{});
  }
  const auto seen = verified(scratch.journal());
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entries == 1501);
}

TEST_CASE("opening looks at no more than the anchor and the entries behind it") {
  scratch_directory scratch;
  fill(scratch.journal(), 20'000);
  tamper(scratch.journal(), "UPDATE entries SET body = '{}' WHERE position = 10"); // far before the anchor
  CHECK(opened(scratch.journal())->last_position() == 20'000);
}

TEST_CASE("an entry behind the anchor that does not verify keeps the journal closed") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  tamper(scratch.journal(), "UPDATE entries SET body = '{}' WHERE position = 70");
  const auto j = journal::open(scratch.journal());
  REQUIRE_FALSE(j);
  CHECK(j.error().code == errc::corrupt);
  CHECK(j.error().detail == "the journal does not verify: partition 5, index 9, position 70: the hash is not that of "
                            "the content");
}

TEST_CASE("an anchor that does not verify keeps the journal closed") {
  scratch_directory scratch;
  fill(scratch.journal(), 9'000);
  const auto refused = [&](const std::string& sql) {
    const auto copy = scratch.path() / "copy.db";
    std::filesystem::copy_file(scratch.journal(), copy, std::filesystem::copy_options::overwrite_existing);
    tamper(copy, sql);
    const auto j = journal::open(copy);
    return !j && j.error().code == errc::corrupt;
  };
  CHECK(refused("UPDATE anchor SET position = position - 1"));
  CHECK(refused("UPDATE anchor SET heads = zeroblob(length(heads))"));
  CHECK(refused("UPDATE anchor SET heads = x''"));
  CHECK(refused("UPDATE anchor SET sha256 = zeroblob(32)"));
  CHECK(refused("UPDATE anchor SET sha256 = 5"));
  // Entries cut off below the anchor, as by a file put together from two backups.
  CHECK(refused("DELETE FROM entries WHERE position > 100"));
  CHECK(refused("UPDATE entries SET body = '[]' WHERE position = (SELECT position FROM anchor)"));
  CHECK_FALSE(refused("SELECT 1"));
}

TEST_CASE("a journal of a newer program is refused and left alone") {
  scratch_directory scratch;
  fill(scratch.journal(), 3);
  tamper(scratch.journal(), "PRAGMA user_version = 6");
  const auto j = journal::open(scratch.journal());
  REQUIRE_FALSE(j);
  CHECK(j.error().code == errc::unsupported);
  CHECK(j.error().type == "newer_schema");
  CHECK(j.error().detail == "the journal was written by a newer ropewalk: its schema is 6, this program knows 5");
  CHECK(journal_reader::open(scratch.journal()).error().type == "newer_schema");
  tamper(scratch.journal(), "PRAGMA user_version = 5");
  CHECK(opened(scratch.journal())->last_position() == 3);
}

TEST_CASE("a file that is no journal is refused and left alone") {
  scratch_directory scratch;
  tamper(scratch.journal(), "CREATE TABLE others (a); INSERT INTO others VALUES (1)");
  const auto j = journal::open(scratch.journal());
  REQUIRE_FALSE(j);
  CHECK(j.error().type == "foreign_file");

  std::ofstream{scratch.path() / "text.db"} << std::string(10'000, 'x');
  const auto text = journal::open(scratch.path() / "text.db");
  REQUIRE_FALSE(text);
  CHECK(text.error().code == errc::corrupt);
  CHECK(text.error().type == "not_a_database");

  CHECK(journal::open(scratch.path() / "missing" / "journal.db").error().type == "cannot_open");
}

TEST_CASE("meta that makes no sense is corrupt") {
  scratch_directory scratch;
  const auto refused = [&](const std::string& sql) {
    const auto file = scratch.path() / "m.db";
    std::filesystem::remove(file);
    { opened(file); }
    tamper(file, sql);
    const auto j = journal::open(file);
    return !j && j.error().code == errc::corrupt;
  };
  CHECK(refused("UPDATE meta SET value = 0 WHERE name = 'partitions'"));
  CHECK(refused("UPDATE meta SET value = 1025 WHERE name = 'partitions'"));
  CHECK(refused("UPDATE meta SET value = 'no id' WHERE name = 'cluster'"));
  CHECK(refused("UPDATE meta SET value = 0 WHERE name = 'epoch'"));
}

TEST_CASE("a journal whose making was interrupted behind its schema is finished") {
  scratch_directory scratch;
  { opened(scratch.journal()); }
  tamper(scratch.journal(), "DELETE FROM meta");
  CHECK(is_uuid(opened(scratch.journal())->meta().cluster));
  fill(scratch.journal(), 1);
  tamper(scratch.journal(), "DELETE FROM meta");
  CHECK(journal::open(scratch.journal()).error().code == errc::corrupt); // never a second identity for its entries
}

TEST_CASE("migrations run once each, in order, and a failing one leaves the file before it") {
  scratch_directory scratch;
  const auto file = scratch.path() / "m.db";
  constexpr sqlite::named_sql one[] = {{"one", "CREATE TABLE a (x); INSERT INTO a VALUES (1);"}};
  constexpr sqlite::named_sql two[] = {one[0], {"two", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;"}};
  constexpr sqlite::named_sql bad[] = {
      one[0], two[1], {"three", "UPDATE a SET y = 9; INSERT INTO missing VALUES (1);"}};
  auto db = sqlite::connection::open(file, {});
  REQUIRE(db);
  CHECK(*sqlite::migrate(*db, 7, one, "test"));
  CHECK_FALSE(*sqlite::migrate(*db, 7, one, "test"));
  CHECK_FALSE(*sqlite::migrate(*db, 7, two, "test"));
  CHECK(*db->integer("SELECT y FROM a") == 2);
  const auto failed = sqlite::migrate(*db, 7, bad, "test");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().detail.find("three: ") == 0);
  CHECK(*db->integer("SELECT y FROM a") == 2);
  CHECK(*db->integer("PRAGMA user_version") == 2);
  CHECK(sqlite::migrate(*db, 7, one, "test").error().type == "newer_schema");
  CHECK(sqlite::migrate(*db, 8, two, "test").error().type == "foreign_file");
}
