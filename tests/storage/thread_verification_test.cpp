#include <array>

#include "runtime/hex.hpp"
#include "storage/entry_hash.hpp"
#include "storage/sealing/thread_signature.hpp"
#include "storage/thread_verification.hpp"
#include "tests/storage/sealing_fixture.hpp"
#include "tests/storage/thread_world.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const instant proof_time{1'800'000'100'000'000};
const keyring proof_keys = keyring_of("k1", 1);

// A thread with everything that can happen to messages, and a fork of it.
struct verified_world {
  thread_world w;
  std::unique_ptr<running_views> views;

  verified_world() {
    w.create("acme", "t");
    w.append("acme", "t", "instructions", thread::role::system);
    for (int i = 2; i <= 9; ++i) w.append("acme", "t", "message " + std::to_string(i));
    w.edit("acme", "t", 3, "edited");
    w.remove("acme", "t", 5);
    w.fork("acme", "t", "f", 6);
    w.append("acme", "f", "the fork's own");
    w.edit("acme", "f", 2, "edited in the fork");
    views = std::make_unique<running_views>(w);
  }

  thread_verification verify(const std::string& id, const thread::thread_snapshot* s = nullptr,
                             const keyring& with = proof_keys) {
    views->catch_up(w);
    journal_reader journal = opened_journal();
    auto checked = verify_thread(*views->reader, journal, with, about(journal, id), s);
    if (!checked) FAIL(checked.error().detail);
    return *std::move(checked);
  }
  result<thread::thread_snapshot> snapshot(const std::string& id) {
    views->catch_up(w);
    journal_reader journal = opened_journal();
    return snapshot_thread(*views->reader, journal, proof_keys, about(journal, id), proof_time);
  }
  // Views that somebody changed while nobody looked.
  void change_views(const std::string& sql) {
    views->catch_up(w);
    tamper(w.views_file(), sql);
  }

  journal_reader opened_journal() {
    auto journal = journal_reader::open(w.dir.journal());
    if (!journal) FAIL(journal.error().detail);
    return *std::move(journal);
  }
  verified_thread about(journal_reader& journal, const std::string& id) {
    return {journal.meta().cluster, {"acme", entity_kind::thread, id}, w.threads.at({"acme", id}).state.version};
  }
};

std::vector<std::string> kinds(const thread_verification& v) {
  std::vector<std::string> all;
  for (const thread_fault& f : v.faults) all.push_back(f.kind);
  return all;
}

} // namespace

TEST_CASE("a snapshot's signature and its text are frozen") {
  thread::thread_snapshot s{
      "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "acme", "t42", 7, 5, digest{1, 2, 3}, partition_id{3}, 42, digest{4},
      instant{1'700'000'000'000'012},         {},     {}};
  sign_snapshot(proof_keys, s);
  const std::string zeros(58, '0');
  CHECK(thread::render_snapshot(s) ==
        R"({"format":1,"cluster":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","org":"acme","thread":"t42","version":7,)"
        R"("messages":5,"digest":"010203)" +
            zeros + R"(","partition":3,"index":42,"hash":"040000)" + zeros +
            R"(","time":"2023-11-14T22:13:20.000012Z","key":"k1",)"
            R"("signature":"b37f1a0a78107b6521e0ef340da85da3d8aae2743d9414325e679e6afc3e49f0"})");
  CHECK(verify_snapshot(proof_keys, s));
}

TEST_CASE("a snapshot's digest is that of its messages' lines, and its entry is the thread's last one") {
  verified_world v;
  for (const char* id : {"t", "f"}) {
    INFO(id);
    const auto s = v.snapshot(id);
    REQUIRE(s);
    std::string lines;
    for (const std::string& json : v.w.shown("acme", id)) lines += json + "\n";
    CHECK(s->content == sha256(lines));
    CHECK(s->messages == v.w.shown("acme", id).size());
    CHECK(s->version == v.w.threads.at({"acme", id}).state.version);
    CHECK(s->time == proof_time);
    CHECK(v.verify(id, &*s).faults.empty());
  }
}

TEST_CASE("a snapshot of an earlier version verifies whatever the thread did since") {
  verified_world v;
  const auto of_thread = v.snapshot("t"), of_fork = v.snapshot("f");
  REQUIRE(of_thread);
  v.w.append("acme", "t", "later");
  v.w.edit("acme", "t", 2, "edited later");
  SECTION("changed") {}
  SECTION("trimmed") {
    thread::update u;
    u.limits.max_messages = 2;
    v.w.must("acme", "t", thread::write{u});
  }
  SECTION("cleared") { v.w.must("acme", "t", thread::write{thread::clear{}}); }
  SECTION("deleted and made again") {
    v.w.must("acme", "t", thread::write{thread::remove_thread{}});
    v.w.create("acme", "t");
    v.w.append("acme", "t", "another life");
  }
  CHECK(v.verify("t", &*of_thread).faults.empty());
  CHECK(v.verify("f", &*of_fork).faults.empty());
  CHECK(v.verify("t").messages == v.w.shown("acme", "t").size());
}

TEST_CASE("a deleted thread has no snapshot") {
  verified_world v;
  v.w.must("acme", "t", thread::write{thread::remove_thread{}});
  CHECK(v.snapshot("t").error().type == "thread_not_found");
  CHECK(v.verify("t").faults.empty());
}

TEST_CASE("what somebody changed in the views is found, and is never signed") {
  verified_world v;
  std::vector<std::string> expected = {"message"};
  std::uint64_t seq = 4;
  SECTION("a message's text") {
    v.change_views("UPDATE messages SET body = replace(body, 'message 4', 'message X') WHERE seq = 4");
  }
  SECTION("a message that is missing") { v.change_views("DELETE FROM messages WHERE seq = 4"); }
  SECTION("the thread's name") {
    v.change_views("UPDATE threads SET state = CAST(replace(state, '\"name\":\"\"', '\"name\":\"x\"') AS BLOB)");
    expected = {"state"};
    seq = 0;
  }
  SECTION("a message that was taken out of the live ones") {
    v.change_views(
        "UPDATE threads SET state = CAST(replace(state, '\"removed\":[[5,5]]', '\"removed\":[[4,5]]') AS BLOB)");
    expected = {"state", "message"};
    seq = 0;
  }
  const auto checked = v.verify("t");
  REQUIRE(kinds(checked) == expected);
  CHECK(checked.faults.front().seq == seq);
  CHECK(v.snapshot("t").error().type == "thread_not_verified");
}

TEST_CASE("what somebody changed in the journal is found, with the version") {
  verified_world v;
  const auto s = v.snapshot("t");
  REQUIRE(s);
  std::uint64_t version = 4;
  SECTION("an entry's body") {
    tamper(v.w.dir.journal(),
           "UPDATE entries SET body = CAST(replace(body, 'message 3', 'message X') AS BLOB) WHERE position = 4");
  }
  SECTION("an entry's body, and its hash with it") {
    auto journal = journal_reader::open(v.w.dir.journal());
    REQUIRE(journal);
    entry e = journal->read_at(std::array{std::uint64_t{4}})->front();
    e.event.body.replace(e.event.body.find("message 3"), 9, "message X");
    tamper(v.w.dir.journal(), "UPDATE entries SET body = CAST('" + e.event.body + "' AS BLOB), hash = x'" +
                                  to_hex(hash_of(e)) + "' WHERE position = 4");
  }
  SECTION("an entry that is missing") { tamper(v.w.dir.journal(), "DELETE FROM entries WHERE position = 4"); }
  SECTION("an entry that the views lead to another's place of") {
    v.change_views(
        "UPDATE entity_rows SET position = 5 WHERE version = 4 AND entity = (SELECT pk FROM entities WHERE id = 't')");
  }
  SECTION("the thread's end, which its owner knows of") {
    v.change_views("DELETE FROM entity_rows WHERE version > 11; UPDATE entities SET version = 11 WHERE id = 't'");
    version = 12;
  }
  const auto checked = v.verify("t", &*s);
  REQUIRE_FALSE(checked.faults.empty());
  CHECK(checked.faults.front().kind == "entry");
  CHECK(checked.faults.front().version == version);
  CHECK(v.snapshot("t").error().type == "thread_not_verified");
}

TEST_CASE("a snapshot that is not genuine, of another thread or of another past is refused") {
  verified_world v;
  auto s = v.snapshot("t");
  REQUIRE(s);
  std::string thread = "t";
  const keyring* with = &proof_keys;
  const auto revoked = keyring_of({key_of("k1", key_state::revoked, 1), key_of("k2", key_state::active, 2)});
  const auto another = keyring_of("k2", 2), same_name = keyring_of("k1", 3);
  SECTION("with another digest") { s->content[0] ^= 1; }
  SECTION("with another count") { ++s->messages; }
  SECTION("with another version") { --s->version; }
  SECTION("with another time") { ++s->time.us; }
  SECTION("with another signature") { s->signature[31] ^= 1; }
  SECTION("by a key that is revoked") { with = &revoked; }
  SECTION("by a key that is not known") { with = &another; }
  SECTION("by a key of the same name") { with = &same_name; }
  SECTION("of another thread") { thread = "f"; }
  SECTION("of another cluster") {
    s->cluster = "another";
    sign_snapshot(proof_keys, *s);
  }
  SECTION("signed, of a version that the thread does not have") {
    s->version += 1000;
    sign_snapshot(proof_keys, *s);
  }
  SECTION("signed, with another entry") {
    s->hash[5] ^= 1;
    sign_snapshot(proof_keys, *s);
  }
  SECTION("signed, with other messages") {
    s->content[5] ^= 1;
    sign_snapshot(proof_keys, *s);
  }
  CHECK(kinds(v.verify(thread, &*s, *with)) == std::vector<std::string>{"snapshot"});
}

TEST_CASE("faults are bounded") {
  thread_world w;
  w.create("acme", "t");
  for (int i = 0; i < 130; ++i) w.append("acme", "t", "message");
  running_views views(w);
  tamper(w.views_file(), "UPDATE messages SET body = replace(body, 'message', 'other')");
  auto journal = journal_reader::open(w.dir.journal());
  REQUIRE(journal);
  const auto checked =
      verify_thread(*views.reader, *journal, proof_keys, {"", {"acme", entity_kind::thread, "t"}, 131}, nullptr);
  REQUIRE(checked);
  CHECK(checked->faults.size() == 100);
  CHECK(checked->more_faults == 30);
}

TEST_CASE("a fork whose parent's partition stands behind its own is not called damaged") {
  verified_world v;
  REQUIRE(partition_of({"acme", entity_kind::thread, "t"}, 16) != partition_of({"acme", entity_kind::thread, "f"}, 16));
  // As on a member's disk that has the fork's entries and none, or the first ones, of its parent's.
  const std::size_t of_parent = GENERATE(0u, 4u);
  CAPTURE(of_parent);
  std::vector<entry> entries;
  std::size_t taken = 0;
  auto all = v.opened_journal();
  REQUIRE(all.read_after(0, 1000, 1 << 20, [&](entry&& e) {
    if (e.entity.id == "f" || taken++ < of_parent) entries.push_back(std::move(e));
  }));
  thread_world member;
  member.write(std::move(entries));
  running_views views(member);
  auto journal = journal_reader::open(member.dir.journal());
  REQUIRE(journal);
  const verified_thread fork{
      journal->meta().cluster, {"acme", entity_kind::thread, "f"}, v.w.threads.at({"acme", "f"}).state.version};
  const auto checked = verify_thread(*views.reader, *journal, proof_keys, fork, nullptr);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().type == "views_behind");
  const auto signed_one = snapshot_thread(*views.reader, *journal, proof_keys, fork, proof_time);
  REQUIRE_FALSE(signed_one);
  CHECK(signed_one.error().type == "views_behind");
}
