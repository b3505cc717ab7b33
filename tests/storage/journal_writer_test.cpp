#include <thread>

#include "tests/random_seed.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

struct writing {
  scratch_directory scratch;
  std::unique_ptr<journal> file = opened(scratch.journal());
  remembered_failures failures;
  journal_writer writer{*file, failures};
};

} // namespace

TEST_CASE("a write gets the receipt of its last entry, its partition's next indices and neighbours' hashes") {
  writing w;
  auto first = one(w.writer, thread_key("t1"), 1, 3);
  first.events.push_back(draft(2));
  const auto told = submit(w.writer, std::move(first)).get();
  REQUIRE_FALSE(told.failure);
  REQUIRE(told.entries.size() == 2);
  CHECK(told.entries[0].index == 1);
  CHECK(told.entries[1].index == 2);
  CHECK(told.entries[1].prev_hash == told.entries[0].hash);
  CHECK(told.entries[1].entity == thread_key("t1"));
  CHECK(told.entries[1].event.body == R"({"text":"hello"})");
  CHECK(told.proof.partition.value == 3);
  CHECK(told.proof.epoch == 1);
  CHECK(told.proof.index == 2);
  CHECK(told.proof.position == 2);
  CHECK(told.proof.hash == told.entries[1].hash);
  CHECK(w.writer.durable_position() == 2);
  CHECK(submit(w.writer, one(w.writer, thread_key("t2"), 1, 4)).get().proof.index == 1);
}

TEST_CASE("what is acknowledged can be read by another connection at once") {
  writing w;
  auto reader = journal_reader::open(w.scratch.journal());
  REQUIRE(reader);
  for (std::uint64_t version = 1; version <= 20; ++version) {
    const auto told = submit(w.writer, one(w.writer, thread_key("t"), version)).get();
    CHECK(*reader->last_position() == told.proof.position);
  }
}

TEST_CASE("a barrier is answered with the partition's head once all before it is durable") {
  writing w;
  submission barrier;
  barrier.partition = partition_id{2};
  barrier.generation = w.writer.generation();
  const auto empty = submit(w.writer, std::move(barrier)).get();
  REQUIRE_FALSE(empty.failure);
  CHECK(empty.entries.empty());
  CHECK(empty.proof.index == 0);
  CHECK(empty.proof.hash == w.file->head(partition_id{2}).hash);

  std::vector<std::future<outcome>> writes;
  for (std::uint64_t v = 1; v <= 100; ++v) writes.push_back(submit(w.writer, one(w.writer, thread_key("t"), v, 2)));
  submission behind;
  behind.partition = partition_id{2};
  behind.generation = w.writer.generation();
  const auto told = submit(w.writer, std::move(behind)).get();
  CHECK(told.proof.index == 100);
  for (auto& write : writes) CHECK(write.wait_for(std::chrono::seconds{0}) == std::future_status::ready);
}

TEST_CASE("submissions of 64 threads keep each thread's order and chain without a gap") {
  writing w;
  random_seed seed;
  CAPTURE(seed.rerun());
  std::vector<std::thread> producers;
  std::atomic<int> wrong{0};
  const auto base = seed.value();
  for (int p = 0; p < 64; ++p)
    producers.emplace_back([&w, &wrong, p, base] {
      std::mt19937_64 engine{base + static_cast<std::uint64_t>(p)};
      std::uint64_t version = 0;
      std::vector<std::future<outcome>> inflight;
      while (version < 200) {
        auto s = one(w.writer, thread_key("t" + std::to_string(p)), version + 1, static_cast<std::uint16_t>(p % 16));
        ++version;
        for (auto more = engine() % 4; more > 0; --more) s.events.push_back(draft(++version));
        inflight.push_back(submit(w.writer, std::move(s)));
        if (engine() % 8 == 0) {
          for (auto& f : inflight)
            if (f.get().failure) ++wrong;
          inflight.clear();
        }
      }
      for (auto& f : inflight)
        if (f.get().failure) ++wrong;
    });
  for (auto& p : producers) p.join();
  CHECK(wrong == 0);
  const auto seen = verified(w.scratch.journal()); // the node still has it open
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entities == 64);
  CHECK(seen.entries == w.writer.durable_position());
}

TEST_CASE("a group ends at its bound of bytes and nothing is lost") {
  writing w;
  std::vector<std::future<outcome>> writes;
  for (std::uint64_t v = 1; v <= 40; ++v) {
    auto s = one(w.writer, thread_key("t"), v);
    s.events[0].body = std::string(1 << 20, 'x');
    writes.push_back(submit(w.writer, std::move(s)));
  }
  for (auto& write : writes) CHECK_FALSE(write.get().failure);
  CHECK(verified(w.scratch.journal()).entries == 40);
}

TEST_CASE("a submission of an old generation is refused") {
  writing w;
  auto s = one(w.writer, thread_key("t"), 1);
  s.generation = w.writer.generation() - 1;
  const auto told = submit(w.writer, std::move(s)).get();
  REQUIRE(told.failure);
  CHECK(told.failure->code == errc::unavailable);
  CHECK(w.writer.durable_position() == 0);
  CHECK(w.failures.seen().empty());
}

TEST_CASE("stop commits what waits and refuses what comes later") {
  writing w;
  std::vector<std::future<outcome>> writes;
  for (std::uint64_t v = 1; v <= 500; ++v) writes.push_back(submit(w.writer, one(w.writer, thread_key("t"), v)));
  w.writer.stop();
  for (auto& write : writes) CHECK_FALSE(write.get().failure);
  const auto late = submit(w.writer, one(w.writer, thread_key("t"), 501)).get();
  REQUIRE(late.failure);
  CHECK(late.failure->code == errc::unavailable);
  w.writer.stop(); // again: nothing
}

TEST_CASE("another process that holds the write lock costs the waiting writes, not the journal") {
  scratch_directory scratch;
  auto file = opened(scratch.journal());
  remembered_failures failures;
  journal_writer w{*file, failures};
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(scratch.journal().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto told = submit(w, one(w, thread_key("t"), 1)).get(); // after the busy time-out
  REQUIRE(told.failure);
  CHECK(told.failure->code == errc::busy);
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  CHECK_FALSE(submit(w, one(w, thread_key("t"), 1)).get().failure);
  REQUIRE(failures.seen().size() == 1);
  CHECK_FALSE(failures.seen()[0].fatal);
}

TEST_CASE("the write-ahead log is copied into the file while nobody waits for it") {
  writing w;
  for (std::uint64_t v = 1; v <= 50; ++v) {
    auto s = one(w.writer, thread_key("t"), v);
    s.events[0].body = std::string(100'000, 'x');
    REQUIRE_FALSE(submit(w.writer, std::move(s)).get().failure);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (std::filesystem::file_size(w.scratch.journal()) < 5'000'000 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  CHECK(std::filesystem::file_size(w.scratch.journal()) >= 5'000'000);
}

TEST_CASE("the write-ahead log stays small under writes that never pause") {
  writing w;
  std::vector<std::future<outcome>> inflight;
  for (std::uint64_t v = 1; v <= 3000; ++v) {
    auto s = one(w.writer, thread_key("t"), v);
    s.events[0].body = std::string(60'000, 'x');
    inflight.push_back(submit(w.writer, std::move(s)));
    if (inflight.size() >= 64) {
      inflight.front().get();
      inflight.erase(inflight.begin());
    }
  }
  for (auto& f : inflight) f.get();
  // 180 MB went through it.
  CHECK(std::filesystem::file_size(w.scratch.journal().string() + "-wal") < 80'000'000);
}
