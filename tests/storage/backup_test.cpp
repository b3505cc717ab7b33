// A journal kept elsewhere while its node writes, and put back: whole, verified, or not at all.

#include <fstream>
#include <set>

#include <sys/stat.h>

#include "runtime/hex.hpp"
#include "storage/backup.hpp"
#include "storage/data_directory.hpp"
#include "storage/incarnation.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;
namespace fs = std::filesystem;

namespace {

const instant backup_day{1'800'000'000'000'000};

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& found : fs::directory_iterator(directory)) names.insert(found.path().filename());
  return names;
}

// Who reads a journal that no node has open leaves an empty log beside it, as the node's next start finds it.
std::set<std::string> without_logs(std::set<std::string> names) {
  names.erase("journal.db-wal");
  names.erase("journal.db-shm");
  return names;
}

backup_manifest must_back_up(const fs::path& journal_file, const fs::path& target) {
  auto made = make_backup(journal_file, target, {.node = "n1", .now = backup_day});
  if (!made) FAIL(made.error().detail);
  return *std::move(made);
}

error put_back_error(const fs::path& backup, const fs::path& data) {
  const auto back = put_back(backup, data, {.now = backup_day});
  REQUIRE_FALSE(back);
  return back.error();
}

// The backup's manifest, made to fit its journal as it is now.
void sign_again(const fs::path& backup, const std::function<void(backup_manifest&)>& change = {}) {
  auto m = read_manifest(backup);
  REQUIRE(m);
  const auto facts = facts_of_file(backup / backup_journal_file);
  REQUIRE(facts);
  m->journal = *facts;
  if (change) change(*m);
  std::ofstream(backup / backup_manifest_file) << encode_manifest(*m);
}

} // namespace

TEST_CASE("a backup of a journal that is being written is of one moment, and the writes go on") {
  scratch_directory scratch;
  const fs::path target = scratch.path() / "backup";
  auto j = opened(scratch.journal());
  remembered_failures failures;
  journal_writer w{*j, failures};
  std::uint64_t version = 0;
  const auto write = [&] { REQUIRE_FALSE(submit(w, one(w, thread_key("a"), ++version)).get().failure); };
  const std::string filler(60'000, 'x');
  for (int i = 0; i < 100; ++i) {
    submission s = one(w, thread_key("a"), ++version);
    s.events.front().body = R"({"text":")" + filler + R"("})";
    REQUIRE_FALSE(submit(w, std::move(s)).get().failure);
  }
  int pieces = 0;
  const auto made =
      make_backup(scratch.journal(), target, {.now = backup_day, .progress = [&](const std::string& what, auto, auto) {
                                                if (what == "copying" && ++pieces <= 3) write();
                                                return true;
                                              }});
  if (!made) FAIL(made.error().detail);
  CHECK(pieces >= 3);
  CHECK(version == 103);
  CHECK(made->heads[0].index == 100);
  CHECK(made->position == 100);
  CHECK(made->entries == 100);
  CHECK(made->cluster == j->meta().cluster);
  CHECK_FALSE(made->member);
  CHECK(names_in(target) == std::set<std::string>{"journal.db", "backup.json"});
  const auto report = verified(target / "journal.db");
  CHECK_FALSE(report.first_bad);
  CHECK(report.heads[0].hash == made->heads[0].hash);
  CHECK(names_in(target) == std::set<std::string>{"journal.db", "backup.json"}); // no log is needed to read it
  struct stat s {};
  REQUIRE(stat(target.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0700);
  REQUIRE(stat((target / "journal.db").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
  CHECK(verified(scratch.journal()).heads[0].index == 103);
}

TEST_CASE("what is there under a backup's name is never touched, and nothing is left beside it") {
  scratch_directory scratch;
  fill(scratch.journal(), 10);
  std::ofstream(scratch.path() / "file") << "mine";
  fs::create_directory(scratch.path() / "directory");
  fs::create_symlink("nowhere", scratch.path() / "link");
  const auto before = names_in(scratch.path());
  for (const char* name : {"file", "directory", "directory/", "link"}) {
    CAPTURE(name);
    const auto made = make_backup(scratch.journal(), scratch.path() / name, {});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == errc::conflict);
    CHECK(made.error().type == "backup_exists");
  }
  CHECK(make_backup(scratch.journal(), scratch.path() / "no" / "parent", {}).error().type == "file");
  CHECK(names_in(scratch.path()) == before);
  CHECK(names_in(scratch.path() / "directory").empty());
}

TEST_CASE("a journal that does not verify, or whose copy is interrupted, leaves no backup") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  const fs::path target = scratch.path() / "backup";
  const auto before = names_in(scratch.path());
  for (const std::string stop_at : {"copying", "verifying", "hashing"}) {
    CAPTURE(stop_at);
    const auto stopped =
        make_backup(scratch.journal(), target,
                    {.progress = [&](const std::string& what, auto, auto) { return what != stop_at; }});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().type == "interrupted");
    CHECK(without_logs(names_in(scratch.path())) == before);
  }
  tamper(scratch.journal(), "UPDATE entries SET body = '{}' WHERE position = 40");
  const auto made = make_backup(scratch.journal(), target, {});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == errc::corrupt);
  CHECK(made.error().detail.find("position 40") != std::string::npos);
  CHECK(without_logs(names_in(scratch.path())) == before);
}

TEST_CASE("a backup that is put back is the journal that it was, and goes on") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  const auto before = verified(scratch.journal());
  must_back_up(scratch.journal(), scratch.path() / "backup");
  for (const char* data : {"new/data", "empty", "with_keys"}) {
    CAPTURE(data);
    const fs::path directory = scratch.path() / data;
    if (data == std::string("empty")) fs::create_directory(directory);
    if (data == std::string("with_keys")) {
      fs::create_directory(directory);
      std::ofstream(directory / "keyring.json") << "{}";
    }
    const auto back = put_back(scratch.path() / "backup", directory, {.now = backup_day});
    if (!back) FAIL(back.error().detail);
    CHECK(back->node == "n1");
    CHECK(verified(directory / "journal.db").heads == before.heads);
    fill(directory / "journal.db", 0);
    auto j = opened(directory / "journal.db");
    CHECK(j->meta().cluster == opened(scratch.journal())->meta().cluster);
    remembered_failures failures;
    journal_writer w{*j, failures};
    REQUIRE_FALSE(submit(w, one(w, thread_key("t0"), 14)).get().failure);
  }
}

TEST_CASE("a directory that is in use or holds anything is not restored into, and stays as it is") {
  scratch_directory scratch;
  fill(scratch.journal(), 10);
  const fs::path backup = scratch.path() / "backup", data = scratch.path() / "data";
  must_back_up(scratch.journal(), backup);
  {
    const auto used = data_directory::open(data);
    REQUIRE(used);
    CHECK(put_back_error(backup, data).type == "data_directory_in_use");
  }
  for (const char* name : {"journal.db", "views.db", "journal.db-wal", "notes"}) {
    CAPTURE(name);
    std::ofstream(data / name) << "mine";
    CHECK(put_back_error(backup, data).type == "not_empty");
    CHECK(names_in(data) == std::set<std::string>{"lock", name});
    fs::remove(data / name);
  }
  REQUIRE(put_back(backup, data, {}));
  CHECK(put_back_error(backup, data).type == "not_empty");
}

TEST_CASE("a backup that was changed is refused, and nothing is put back") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  const fs::path good = scratch.path() / "good", backup = scratch.path() / "backup", data = scratch.path() / "data";
  must_back_up(scratch.journal(), good);
  const auto refused = [&](const std::string& with) {
    const error why = put_back_error(backup, data);
    CHECK(why.code == errc::corrupt);
    CHECK(why.type == "backup_damaged");
    CAPTURE(why.detail);
    CHECK(why.detail.find(with) != std::string::npos);
    CHECK(names_in(data) == std::set<std::string>{"lock"});
  };
  const auto again = [&] {
    fs::remove_all(backup);
    fs::copy(good, backup, fs::copy_options::recursive);
  };
  again();
  tamper(backup / "journal.db", "UPDATE entries SET body = '{}' WHERE position = 40");
  refused("other bytes");
  sign_again(backup);
  refused("position 40");

  again();
  fs::resize_file(backup / "journal.db", fs::file_size(backup / "journal.db") - 8192);
  refused("other bytes");
  sign_again(backup);
  refused("");

  again(); // the end of a chain is taken off, and the anchor with it
  tamper(backup / "journal.db", "DELETE FROM entries WHERE position > 90; DELETE FROM anchor");
  sign_again(backup);
  refused("do not end where its manifest says");

  again();
  sign_again(backup, [](backup_manifest& m) { m.heads[3].hash[0] ^= 1; });
  refused("do not end where its manifest says");

  again();
  fs::remove(backup / "journal.db");
  CHECK(put_back_error(backup, data).code == errc::unavailable);
  fs::remove(backup / "backup.json");
  CHECK(put_back_error(backup, data).type == "no_backup");
}

TEST_CASE("a restore that was interrupted is done again") {
  scratch_directory scratch;
  fill(scratch.journal(), 100);
  const fs::path backup = scratch.path() / "backup", data = scratch.path() / "data";
  must_back_up(scratch.journal(), backup);
  const auto stopped = put_back(backup, data, {.progress = [](const std::string& what, auto, auto) {
                                  return what != "verifying";
                                }});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().type == "interrupted");
  CHECK(names_in(data) == std::set<std::string>{"lock"});
  for (const char* left : {"journal.db.restoring", "journal.db.restoring-wal", "incarnation"}) // of a process that died
    std::ofstream(data / left) << "left";
  REQUIRE(put_back(backup, data, {}));
  CHECK(names_in(data) == std::set<std::string>{"lock", "journal.db"});
}

TEST_CASE("a member that is put back is another disk, with or without a token beside it") {
  scratch_directory scratch;
  replication::change stands;
  {
    auto j = opened(scratch.journal(), member_options());
    const auto settled = settle_incarnation(*j, scratch.path(), backup_day);
    REQUIRE(settled);
    stands.standing = {settled->incarnation, true};
    stands.promised = {4, "east"};
    for (std::uint16_t p = 0; p < 16; ++p) must_apply(*j, p, stands);
  }
  const auto m = must_back_up(scratch.journal(), scratch.path() / "backup");
  CHECK(m.member);
  CHECK(count_in(scratch.path() / "backup" / "journal.db", "meta WHERE name = 'incarnation_token'") == 0);
  CHECK(count_in(scratch.journal(), "meta WHERE name = 'incarnation_token'") == 1);
  const fs::path data = scratch.path() / "data";
  REQUIRE(put_back(scratch.path() / "backup", data, {}));
  fs::copy_file(scratch.path() / "incarnation", data / "incarnation");
  auto j = opened(data / "journal.db", member_options());
  const auto settled = settle_incarnation(*j, data, instant{backup_day.us + 1});
  REQUIRE(settled);
  CHECK_FALSE(settled->kept);
  CHECK(settled->incarnation == 1'800'000'000'000'001);
  CHECK(loaded(*j, 3).standing == replication::standing{1'800'000'000'000'001, false});
  CHECK(loaded(*j, 3).promised == replication::given_promise{4, "east"});
}

TEST_CASE("on the word that all others are lost a member that is put back counts, under a higher incarnation and promise") {
  scratch_directory scratch;
  chain_maker chain{partition_id{0}, 16};
  {
    auto j = opened(scratch.journal(), member_options());
    const auto settled = settle_incarnation(*j, scratch.path(), backup_day);
    REQUIRE(settled);
    auto change = adoption_of(0, {shared(chain.next(7, thread_key("a"), draft(1)))}, chain.at(), {7, 1, {}, false});
    change.standing = {settled->incarnation, true};
    change.promised = {7, "east"};
    must_apply(*j, 0, change);
  }
  must_back_up(scratch.journal(), scratch.path() / "backup");
  const fs::path data = scratch.path() / "data";
  const instant later{backup_day.us + 60'000'000};
  REQUIRE(put_back(scratch.path() / "backup", data, {.now = later, .all_members_lost = true}));
  auto j = opened(data / "journal.db", member_options());
  const auto settled = settle_incarnation(*j, data, later);
  REQUIRE(settled);
  CHECK(settled->kept);
  const auto state = loaded(*j, 0);
  CHECK(state.standing == replication::standing{1'800'000'060'000'000, true});
  CHECK(state.promised == replication::given_promise{1'800'000'060, ""});
  CHECK(state.accepted == chain.at());
  CHECK(state.position.generation == 7);
  CHECK(loaded(*j, 9).standing.full);
}

TEST_CASE("nobody gives standing to a journal that was no member's") {
  scratch_directory scratch;
  fill(scratch.journal(), 10);
  must_back_up(scratch.journal(), scratch.path() / "backup");
  const auto back = put_back(scratch.path() / "backup", scratch.path() / "data", {.all_members_lost = true});
  REQUIRE_FALSE(back);
  CHECK(back.error().type == "never_a_member");
  CHECK(names_in(scratch.path() / "data") == std::set<std::string>{"lock"});
}

TEST_CASE("a manifest says what it says again, and one that is none is refused") {
  backup_manifest m;
  m.cluster = "c1";
  m.node = "n1";
  m.created_at = backup_day;
  m.member = true;
  m.position = 9;
  m.entries = 8;
  m.quarantined = 1;
  m.checkpoints = 3;
  m.seals_checked = true;
  m.refused_checkpoints = 1;
  m.heads = {{8, {1, 2}}, {0, {3}}};
  m.journal = {4096, {4}};
  const std::string text = encode_manifest(m);
  const auto again = decode_manifest(text);
  REQUIRE(again);
  CHECK(encode_manifest(*again) == text);
  CHECK(again->heads == m.heads);
  CHECK(again->member);
  const auto broken = [&](const std::string& what, const std::string& by) {
    std::string changed = text;
    const auto at = changed.find(what);
    REQUIRE(at != std::string::npos);
    return decode_manifest(changed.replace(at, what.size(), by));
  };
  CHECK(broken("ropewalk.backup.1", "ropewalk.backup.2").error().type == "newer_backup");
  for (const auto& [what, by] : std::vector<std::pair<std::string, std::string>>{
           {R"("partitions":2)", R"("partitions":3)"},
           {R"("partition":1)", R"("partition":2)"},
           {R"("index":8)", R"("index":-8)"},
           {R"("hash":"0102)", R"("hash":"01)"},
           {R"("name":"journal.db")", R"("name":"../journal.db")"},
           {R"("bytes":4096)", R"("bytes":"4096")"},
           {R"("created_at":"20)", R"("created_at":"a0)"},
           {R"("refused_checkpoints":1,)", ""},
           {R"("cluster":"c1",)", ""},
       }) {
    CAPTURE(what);
    const auto decoded = broken(what, by);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().type == "backup_damaged");
  }
  CHECK(decode_manifest("").error().type == "backup_damaged");
  CHECK(decode_manifest("[]").error().type == "backup_damaged");
  CHECK(decode_manifest(std::string(2 << 20, ' ')).error().type == "backup_damaged");
}
