#include <thread>

#include "storage/entry_hash.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

// A journal of 9,000 entries, of which 8,192 and more stand before its anchor; made once.
const std::filesystem::path& model() {
  static scratch_directory scratch;
  static const std::filesystem::path file = [] {
    fill(scratch.journal(), 9'000);
    auto j = opened(scratch.journal());
    remembered_failures failures;
    journal_writer w{*j, failures};
    auto s = one(w, thread_key("keyed"), 1, 9);
    s.events[0].idempotency = idempotency_record{"key", {1}, 1};
    REQUIRE_FALSE(submit(w, std::move(s)).get().failure);
    return scratch.journal();
  }();
  return file;
}

chain_report after(const std::string& sql) {
  scratch_directory scratch;
  std::filesystem::copy_file(model(), scratch.journal());
  tamper(scratch.journal(), sql);
  return verified(scratch.journal());
}

} // namespace

TEST_CASE("a journal that nobody touched verifies") {
  const auto seen = verified(model());
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entries == 9'001);
  CHECK(seen.entities == 9);
  CHECK(seen.heads.size() == 16);
  CHECK(seen.heads[0].index == 1'125);
  CHECK(seen.heads[9].index == 1);
  CHECK(seen.heads[15].index == 0);
}

TEST_CASE("a change of any column of any row is found") {
  const auto found_at = [](const std::string& sql, std::uint64_t position) {
    CAPTURE(sql);
    const auto seen = after(sql);
    REQUIRE(seen.first_bad);
    CAPTURE(seen.first_bad->why);
    CHECK(seen.first_bad->position == position);
  };
  found_at("UPDATE entries SET partition = 6 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET partition = 200 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET idx = idx + 1 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET epoch = 2 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET kind = 2 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET org = 'acmf' WHERE position = 4000", 4000);
  found_at("UPDATE entries SET entity = 't1' WHERE position = 4000", 4000);
  found_at("UPDATE entries SET version = version + 1 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET type = 'edited' WHERE position = 4000", 4000);
  found_at("UPDATE entries SET time_us = time_us + 1 WHERE position = 4000", 4000);
  found_at("UPDATE entries SET body = body || ' ' WHERE position = 4000", 4000);
  found_at("UPDATE entries SET prev_hash = zeroblob(32) WHERE position = 4000", 4000);
  found_at("UPDATE entries SET hash = zeroblob(32) WHERE position = 4000", 4000);
  found_at("UPDATE entries SET idem_key = 'k', idem_fingerprint = zeroblob(16), idem_entries = 1 WHERE position = 4000",
           4000);
  found_at("UPDATE entries SET idem_key = 'kez' WHERE position = 9001", 9001);
  found_at("UPDATE entries SET idem_fingerprint = zeroblob(16) WHERE position = 9001", 9001);
  found_at("UPDATE entries SET idem_entries = 2 WHERE position = 9001", 9001);
  found_at("UPDATE entries SET idem_key = NULL, idem_fingerprint = NULL, idem_entries = NULL WHERE position = 9001",
           9001);
  found_at("UPDATE entries SET position = 9002 WHERE position = 9001", 9002);
  found_at("UPDATE entries SET body = '{}' WHERE position = 1", 1);
}

TEST_CASE("a value of a shape that no entry has is found") {
  for (const char* change : {"partition = -1", "partition = 'x'", "idx = 0", "epoch = 0", "kind = 0", "org = x'61'",
                             "version = 1.5", "body = x'7b7d'", "prev_hash = x''", "hash = 'text'",
                             "idem_fingerprint = zeroblob(16)", "idem_entries = 1", "idem_key = 'k'"}) {
    CAPTURE(change);
    const auto seen = after(std::string("UPDATE entries SET ") + change + " WHERE position = 5");
    REQUIRE(seen.first_bad);
    CHECK(seen.first_bad->position == 5);
  }
}

TEST_CASE("a row taken out, put in or moved is found") {
  CHECK(after("DELETE FROM entries WHERE position = 4000").first_bad->position == 4001);
  CHECK(after("DELETE FROM entries WHERE position <= 100").first_bad);
  CHECK(after("DELETE FROM entries").first_bad);
  CHECK(after("DELETE FROM entries WHERE position > 5000").first_bad->why ==
        "the anchor names later entries, which are missing");
  CHECK(after("INSERT INTO entries SELECT 9002, partition, idx, epoch, kind, org, entity, version, type, time_us,"
              " idem_key, idem_fingerprint, idem_entries, body, prev_hash, hash, promised FROM entries"
              " WHERE position = 9000")
            .first_bad->position == 9002);
  CHECK(after("UPDATE entries SET position = -1 WHERE position = 10;"
              "UPDATE entries SET position = 10 WHERE position = 18;"
              "UPDATE entries SET position = 18 WHERE position = -1")
            .first_bad->position == 10);
  CHECK(after("UPDATE anchor SET position = position - 1").first_bad);
}

TEST_CASE("another cluster's chain is found") {
  CHECK(after("UPDATE meta SET value = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' WHERE name = 'cluster'")
            .first_bad->position == 1);
}

TEST_CASE("a gap in an entity's versions is found though all hashes are right") {
  scratch_directory scratch;
  {
    auto j = opened(scratch.journal());
    remembered_failures failures;
    journal_writer w{*j, failures};
    for (const std::uint64_t version : {1, 2, 4})
      REQUIRE_FALSE(submit(w, one(w, thread_key("t"), version)).get().failure);
  }
  const auto seen = verified(scratch.journal());
  REQUIRE(seen.first_bad);
  CHECK(seen.first_bad->position == 3);
  CHECK(seen.first_bad->index == 3);
  CHECK(seen.first_bad->why == "its version is 4, after 2 of the same entity");
}

TEST_CASE("verification tells its progress and can be ended") {
  auto reader = journal_reader::open(model());
  REQUIRE(reader);
  std::vector<std::uint64_t> seen;
  REQUIRE(reader->verify_chain([&](std::uint64_t done, std::uint64_t all) {
    CHECK(all == 9'001);
    seen.push_back(done);
    return true;
  }));
  CHECK(seen == std::vector<std::uint64_t>{4096, 8192, 9001});
  const auto ended = reader->verify_chain([](std::uint64_t, std::uint64_t) { return false; });
  REQUIRE_FALSE(ended);
  CHECK(ended.error().type == "interrupted");
}

TEST_CASE("a journal verifies while it is written") {
  scratch_directory scratch;
  auto j = opened(scratch.journal());
  remembered_failures failures;
  journal_writer w{*j, failures};
  std::atomic<bool> end{false};
  std::thread producer{[&] {
    std::vector<std::future<outcome>> inflight;
    for (std::uint64_t v = 1; !end; ++v) {
      inflight.push_back(submit(w, one(w, thread_key("t"), v)));
      if (inflight.size() == 256) {
        for (auto& f : inflight) f.get();
        inflight.clear();
      }
    }
  }};
  for (int i = 0; i < 10; ++i) {
    const auto seen = verified(scratch.journal());
    CHECK_FALSE(seen.first_bad);
  }
  end = true;
  producer.join();
}
