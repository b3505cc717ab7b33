// What a disk can do to the journal while it runs. Acknowledged entries are never lost, what is not
// acknowledged is there as a whole or not at all (I4, I5).

#include <thread>

#include "tests/random_seed.hpp"
#include "tests/storage/fault_vfs.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

struct failing {
  scratch_directory scratch;
  fault_vfs disk;
  std::unique_ptr<journal> file = opened(scratch.journal(), {.partitions = 16, .vfs = disk.name()});
  remembered_failures failures;
  journal_writer writer{*file, failures};

  std::future<outcome> write(std::uint64_t version, std::size_t events = 1) {
    auto s = one(writer, thread_key("t"), version, 5);
    while (s.events.size() < events) s.events.push_back(draft(++version));
    return submit(writer, std::move(s));
  }
};

// After the failed group's listeners comes the failure listener; a test that looks at it waits for it.
std::vector<journal_writer::failure> failures_of(const failing& f, std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (f.failures.seen().size() < count && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return f.failures.seen();
}

} // namespace

TEST_CASE("a full disk refuses the group, and the journal goes on once there is room") {
  failing f;
  REQUIRE_FALSE(f.write(1).get().failure);
  const auto head = f.file->head(partition_id{5});
  const auto generation = f.writer.generation();

  f.disk.plan().fill_disk();
  const auto refused = f.write(2, 3).get();
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == errc::unavailable);
  CHECK(refused.failure->type == "disk_full");
  REQUIRE(failures_of(f, 1).size() == 1);
  CHECK_FALSE(f.failures.seen()[0].fatal);
  CHECK(f.writer.generation() == generation + 1);
  CHECK(f.file->head(partition_id{5}) == head);
  CHECK(f.writer.durable_position() == 1);
  REQUIRE(f.write(2).get().failure); // still full
  CHECK(failures_of(f, 2).size() == 2);

  f.disk.plan().mend();
  const auto told = f.write(2).get();
  REQUIRE_FALSE(told.failure);
  CHECK(told.proof.index == 2);
  CHECK(told.entries[0].prev_hash == head.hash);
  const auto seen = verified(f.scratch.journal());
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entries == 2);
}

TEST_CASE("a disk that fills at any write of a group leaves nothing of it") {
  for (int nth = 1; nth <= 24; ++nth) {
    CAPTURE(nth);
    failing f;
    REQUIRE_FALSE(f.write(1).get().failure);
    f.disk.plan().fill_disk(nth);
    auto s = one(f.writer, thread_key("t"), 2, 5);
    s.events[0].body = std::string(60'000, 'x'); // several pages
    s.snapshot = entity_snapshot{2, std::string(20'000, 's')};
    const auto told = submit(f.writer, std::move(s)).get();
    f.disk.plan().mend();
    CHECK(verified(f.scratch.journal()).entries == (told.failure ? 1 : 2));
    CHECK(f.writer.durable_position() == (told.failure ? 1 : 2));
    REQUIRE_FALSE(f.write(told.failure ? 2 : 3).get().failure);
    CHECK_FALSE(verified(f.scratch.journal()).first_bad);
  }
}

namespace {

// Keeps the writer's thread busy until it is let go.
class hold : public commit_listener {
public:
  hold(std::promise<void>& held, std::shared_future<void> go) : held_(held), go_(std::move(go)) {}
  void on_durable(std::span<const entry>, const receipt&) override {
    held_.set_value();
    go_.wait();
  }
  void on_failed(const error&) override { held_.set_value(); }

private:
  std::promise<void>& held_;
  std::shared_future<void> go_;
};

// Makes room and writes again with what it now knows, as an owner does that folded its entity anew.
class write_again : public commit_listener {
public:
  write_again(failing& f, std::promise<std::future<outcome>>& again) : f_(f), again_(again) {}
  void on_durable(std::span<const entry>, const receipt&) override { FAIL("the disk was full"); }
  void on_failed(const error&) override {
    f_.disk.plan().mend();
    again_.set_value(f_.write(2));
  }

private:
  failing& f_;
  std::promise<std::future<outcome>>& again_;
};

} // namespace

TEST_CASE("what waited behind a failed group is refused with it, what is decided anew is not") {
  failing f;
  std::promise<void> held, go;
  auto first = one(f.writer, thread_key("t"), 1, 5);
  first.listener = std::make_unique<hold>(held, go.get_future().share());
  f.writer.submit(std::move(first));
  held.get_future().wait();

  f.disk.plan().fill_disk();
  std::promise<std::future<outcome>> again;
  auto failing_one = one(f.writer, thread_key("t"), 2, 5);
  failing_one.listener = std::make_unique<write_again>(f, again);
  f.writer.submit(std::move(failing_one));
  std::vector<std::future<outcome>> behind; // more than a group holds: some fail with it, some wait behind it
  for (std::uint64_t v = 3; v <= 6'000; ++v) behind.push_back(f.write(v));
  go.set_value();

  CHECK_FALSE(again.get_future().get().get().failure);
  for (auto& told : behind) REQUIRE(told.get().failure);
  CHECK(failures_of(f, 1).size() == 1);
  const auto seen = verified(f.scratch.journal());
  CHECK_FALSE(seen.first_bad);
  CHECK(seen.entries == 2);
}

TEST_CASE("after a failed fsync everything is refused, and what was acknowledged is there") {
  failing f;
  for (std::uint64_t v = 1; v <= 10; ++v) REQUIRE_FALSE(f.write(v).get().failure);
  f.disk.plan().where = fault_plan::log;
  f.disk.plan().fail_sync();
  const auto unclear = f.write(11).get();
  REQUIRE(unclear.failure);
  CHECK(unclear.failure->code == errc::unavailable);
  CHECK(unclear.failure->type == "journal_failed");
  CHECK(unclear.failure->detail.find("whether this was recorded is not known") != std::string::npos);
  const auto failures = failures_of(f, 1);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].fatal);
  CHECK(failures[0].why.code == errc::corrupt);

  f.disk.plan().mend(); // no second chance: the kernel has forgotten what it could not write
  for (int i = 0; i < 3; ++i) CHECK(f.write(12).get().failure->type == "journal_failed");
  CHECK(f.writer.durable_position() == 10);
  f.writer.stop();
  CHECK(f.write(12).get().failure);
  f.file.reset();
  const auto seen = verified(f.scratch.journal());
  CHECK_FALSE(seen.first_bad);
  CHECK((seen.entries == 10 || seen.entries == 11));
}

TEST_CASE("after a failed write everything is refused, and what was acknowledged is there") {
  for (int nth = 1; nth <= 6; ++nth) {
    CAPTURE(nth);
    failing f;
    for (std::uint64_t v = 1; v <= 10; ++v) REQUIRE_FALSE(f.write(v).get().failure);
    f.disk.plan().where = fault_plan::log;
    f.disk.plan().fail_write(nth);
    auto s = one(f.writer, thread_key("t"), 11, 5);
    s.events[0].body = std::string(60'000, 'x');
    REQUIRE(submit(f.writer, std::move(s)).get().failure);
    REQUIRE(failures_of(f, 1).size() == 1);
    CHECK(f.failures.seen()[0].fatal);
    f.disk.plan().mend();
    CHECK(f.write(12).get().failure);
    f.writer.stop();
    f.file.reset();
    const auto seen = verified(f.scratch.journal());
    CHECK_FALSE(seen.first_bad);
    CHECK(seen.entries == 10);
  }
}

TEST_CASE("a checkpoint whose fsync fails ends the journal as well") {
  failing f;
  REQUIRE_FALSE(f.write(1).get().failure);
  std::this_thread::sleep_for(std::chrono::milliseconds{200}); // the checkpointer is done with it
  REQUIRE(f.failures.seen().empty());
  f.disk.plan().where = fault_plan::main_file; // which only checkpoints write
  f.disk.plan().fail_sync();
  REQUIRE_FALSE(f.write(2).get().failure);
  const auto failures = failures_of(f, 1);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].fatal);
  f.disk.plan().mend();
  CHECK(f.write(3).get().failure->type == "journal_failed");
  f.writer.stop();
  f.file.reset();
  CHECK(verified(f.scratch.journal()).entries == 2);
}

TEST_CASE("a checkpoint that finds the disk full is tried again later") {
  failing f;
  REQUIRE_FALSE(f.write(1).get().failure);
  const auto faults = f.disk.plan().faults.load();
  f.disk.plan().where = fault_plan::main_file; // which only checkpoints write
  f.disk.plan().fill_disk();
  REQUIRE_FALSE(f.write(2).get().failure);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (f.disk.plan().faults == faults && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  CHECK(f.disk.plan().faults > faults);
  f.disk.plan().mend();
  REQUIRE_FALSE(f.write(3).get().failure);
  CHECK(f.failures.seen().empty());
  CHECK(verified(f.scratch.journal()).entries == 3);
}

TEST_CASE("a disk that fills and is emptied again and again loses and doubles nothing") {
  random_seed seed;
  CAPTURE(seed.rerun());
  failing f;
  std::atomic<bool> end{false};
  std::thread trouble{[&] {
    std::mt19937_64 engine{seed.value()};
    while (!end) {
      f.disk.plan().fill_disk(static_cast<std::int64_t>(engine() % 40));
      std::this_thread::sleep_for(std::chrono::microseconds{engine() % 2000});
      f.disk.plan().mend();
      std::this_thread::sleep_for(std::chrono::microseconds{engine() % 4000});
    }
  }};
  // Each of 8 producers owns an entity, and after a refusal goes on from its last durable version.
  std::vector<std::thread> producers;
  std::array<std::uint64_t, 8> durable{};
  std::atomic<int> refused{0};
  for (std::size_t p = 0; p < durable.size(); ++p)
    producers.emplace_back([&, p] {
      for (int i = 0; i < 400; ++i) {
        std::vector<std::future<outcome>> inflight;
        std::uint64_t version = durable[p];
        const auto generation = f.writer.generation();
        for (int n = 0; n < 3; ++n) {
          auto s = one(f.writer, thread_key("t" + std::to_string(p)), ++version, static_cast<std::uint16_t>(p % 3));
          s.generation = generation;
          s.events.push_back(draft(++version));
          inflight.push_back(submit(f.writer, std::move(s)));
        }
        for (auto& told : inflight) {
          const auto o = told.get();
          if (o.failure) ++refused;
          else durable[p] = o.entries.back().event.version;
        }
      }
    });
  for (auto& p : producers) p.join();
  end = true;
  trouble.join();
  f.disk.plan().mend();
  REQUIRE(f.write(1).get().failure.has_value() == false);
  for (const auto& failure : f.failures.seen()) CHECK_FALSE(failure.fatal);
  CHECK(refused > 0);
  const auto seen = verified(f.scratch.journal()); // versions gapless: nothing lost, nothing twice
  if (seen.first_bad) FAIL(seen.first_bad->why);
  std::uint64_t acknowledged = 1;
  for (const auto version : durable) acknowledged += version;
  CHECK(seen.entries == acknowledged);
}

TEST_CASE("a journal cannot be opened on a disk that fails, and can afterwards") {
  scratch_directory scratch;
  fault_vfs disk;
  for (int nth = 1; nth < 12; ++nth) {
    disk.plan().fill_disk(nth);
    const auto full = journal::open(scratch.journal(), {.partitions = 16, .vfs = disk.name()});
    if (!full) CHECK(full.error().type == "disk_full");
    disk.plan().fail_sync(nth);
    (void)journal::open(scratch.journal(), {.partitions = 16, .vfs = disk.name()});
    disk.plan().mend();
  }
  CHECK(opened(scratch.journal(), {.partitions = 16, .vfs = disk.name()})->last_position() == 0);
}
