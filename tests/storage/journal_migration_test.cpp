#include "storage/chain.hpp"
#include "storage/entry_hash.hpp"
#include "storage/entry_row.hpp"
#include "storage/snapshots.hpp"
#include "storage/sqlite_migrations.hpp"
#include "tests/storage/checkpoint_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

// As the first release wrote it, to the letter.
constexpr sqlite::named_sql released_schema[] = {
    {"journal_schema_1",
     "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value) WITHOUT ROWID;"
     "CREATE TABLE entries ("
     " position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, idx INTEGER NOT NULL, epoch INTEGER NOT NULL,"
     " kind INTEGER NOT NULL, org TEXT NOT NULL, entity TEXT NOT NULL, version INTEGER NOT NULL,"
     " type TEXT NOT NULL, time_us INTEGER NOT NULL, idem_key TEXT, idem_fingerprint BLOB, idem_entries INTEGER,"
     " body TEXT NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL);"
     "CREATE TABLE anchor (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, heads BLOB NOT NULL,"
     " sha256 BLOB NOT NULL);"
     "CREATE TABLE snapshots (kind INTEGER NOT NULL, org TEXT NOT NULL, entity TEXT NOT NULL,"
     " version INTEGER NOT NULL, state BLOB NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (kind, org, entity));"},
};

constexpr sqlite::named_sql released_insert{
    "released_insert",
    "INSERT INTO entries (position, partition, idx, epoch, kind, org, entity, version, type, time_us,"
    " idem_key, idem_fingerprint, idem_entries, body, prev_hash, hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"};

const char* const cluster = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
const entity_key who = workflow_key("w1");

// A journal of the first release with versions 1 to `last` of one workflow and its snapshot.
void write_released(const std::filesystem::path& file, std::uint64_t last) {
  auto db = sqlite::connection::open(file, {});
  REQUIRE(db);
  REQUIRE(db->execute("PRAGMA page_size = 8192"));
  REQUIRE(db->execute("PRAGMA journal_mode = WAL"));
  REQUIRE(sqlite::migrate(*db, 0x52574a4c, released_schema, "journal"));
  REQUIRE(db->execute("INSERT INTO meta VALUES ('cluster', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), ('partitions', 16),"
                      " ('epoch', 1), ('created_at_us', 1700000000000000)"));
  auto insert = db->prepare(released_insert);
  REQUIRE(insert);
  digest before = genesis_hash(cluster, partition_id{0}, 16);
  for (std::uint64_t v = 1; v <= last; ++v) {
    entry e{v, partition_id{0}, v, 1, who, draft(v), before, {}};
    e.hash = before = hash_of(e);
    bind_entry(*insert, e);
    REQUIRE(insert->run());
  }
  auto put = db->prepare(put_snapshot);
  REQUIRE(put);
  REQUIRE(store_snapshot(*put, who, {last, "state"}));
}

std::int64_t schema_of(const std::filesystem::path& file) {
  return *sqlite::connection::open(file, {.read_only = true, .vfs = {}})->integer("PRAGMA user_version");
}

} // namespace

TEST_CASE("a journal of the first release is brought to this schema and goes on, with checkpoints") {
  checkpointed w;
  w.close();
  std::filesystem::remove(w.scratch.journal());
  write_released(w.scratch.journal(), 20);
  CHECK(schema_of(w.scratch.journal()) == 1);
  const auto early = journal_reader::open(w.scratch.journal()); // readers change nothing
  REQUIRE_FALSE(early);
  CHECK(early.error().type == "older_schema");
  CHECK(checkpoint_store::open(w.scratch.journal()).error().type == "older_schema");

  w.open();
  CHECK(schema_of(w.scratch.journal()) == 5);
  CHECK(w.cluster() == cluster);
  CHECK(journal_reader::open(w.scratch.journal())->snapshot(who)->value().state == "state");
  REQUIRE_FALSE(w.write(w.with_checkpoint(who, 21)).failure);
  CHECK((*w.store().newest_good(*w.keys, who, 21))->state == state_at(who, 21));
  w.close();
  w.open(); // once only
  const auto seen = verified(w.scratch.journal());
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entries == 21);
  CHECK(seen.checkpoints == 1);
}

TEST_CASE("a migration that dies in the middle is finished by the next start") {
  scratch_directory scratch;
  write_released(scratch.journal(), 3);
  // Something in the way of its last statement.
  tamper(scratch.journal(), "CREATE TABLE checkpoint_pins (a)");
  CHECK_FALSE(journal::open(scratch.journal()));
  CHECK(schema_of(scratch.journal()) == 1);
  tamper(scratch.journal(), "DROP TABLE checkpoint_pins");
  CHECK(opened(scratch.journal())->last_position() == 3);
  CHECK(schema_of(scratch.journal()) == 5);
}

TEST_CASE("this program's first schema is the released one") {
  scratch_directory scratch;
  write_released(scratch.journal(), 1);
  const auto tables = [](const std::filesystem::path& file) {
    auto db = sqlite::connection::open(file, {.read_only = true, .vfs = {}});
    REQUIRE(db);
    return *db->text(
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master"
        " WHERE tbl_name IN ('meta', 'entries', 'anchor', 'snapshots') AND sql IS NOT NULL ORDER BY name)");
  };
  tamper(scratch.journal(), "ALTER TABLE entries ADD COLUMN promised INTEGER"); // schema 4
  const auto now = scratch.path() / "now.db";
  { opened(now); }
  CHECK(tables(scratch.journal()) == tables(now));
}
