// The process dies, or the power goes, in the middle of group commits. Whatever was acknowledged before is
// there afterwards, once and in order, and the chain verifies (I1, I4).

#include <array>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/random_seed.hpp"
#include "tests/storage/fault_vfs.hpp"
#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

struct acknowledgement {
  std::uint64_t position = 0;
  digest hash{};
};

class acknowledge : public commit_listener {
public:
  explicit acknowledge(int to) : to_(to) {}
  void on_durable(std::span<const entry> entries, const receipt&) override {
    for (const auto& e : entries) {
      const acknowledgement a{e.position, e.hash};
      (void)!write(to_, &a, sizeof a); // smaller than PIPE_BUF: whole or not at all
    }
  }
  void on_failed(const error&) override {}

private:
  int to_;
};

// The life of a node's journal until it is killed: recovers, then writes as fast as it can.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int acks) {
  auto j = journal::open(file);
  if (!j) _exit(3);
  std::array<std::uint64_t, 8> versions{};
  auto reader = journal_reader::open(file);
  if (!reader) _exit(4);
  for (std::uint64_t after = 0;;) {
    const auto read = reader->read_after(after, 10'000, 1 << 24, [&](entry&& e) {
      versions[static_cast<std::size_t>(e.entity.id.back() - '0')] = e.event.version;
    });
    if (!read) _exit(5);
    if (read->entries == 0) break;
    after = read->last_position;
  }
  remembered_failures failures;
  const std::uint64_t start = (*j)->last_position();
  journal_writer w{**j, failures};
  for (std::uint64_t i = 0;; ++i) {
    const auto t = i % 8;
    auto s = one(w, thread_key("t" + std::to_string(t)), ++versions[t], static_cast<std::uint16_t>(t));
    s.events.push_back(draft(++versions[t]));
    s.listener = std::make_unique<acknowledge>(acks);
    w.submit(std::move(s));
    while (w.durable_position() + 256 < start + 2 * i) std::this_thread::sleep_for(std::chrono::microseconds{50});
  }
}

// Everything acknowledged stands at its position with its hash; the rest verifies.
void check_acknowledged(const std::filesystem::path& file, const std::vector<acknowledgement>& acks) {
  const auto seen = verified(file);
  if (seen.first_bad) FAIL(seen.first_bad->why);
  auto reader = journal_reader::open(file);
  REQUIRE(reader);
  std::vector<digest> hashes{digest{}};
  for (std::uint64_t after = 0; after < seen.entries;) {
    const auto read = reader->read_after(after, 10'000, 1 << 24, [&](entry&& e) { hashes.push_back(e.hash); });
    REQUIRE(read);
    after = read->last_position;
  }
  std::size_t missing = 0;
  for (const auto& a : acks)
    if (a.position >= hashes.size() || hashes[a.position] != a.hash) ++missing;
  CHECK(missing == 0);
  CHECK(seen.entries % 2 == 0); // each submission was a pair: both or none
}

} // namespace

TEST_CASE("kill -9 in the middle of group commits loses nothing that was acknowledged") {
  random_seed seed;
  CAPTURE(seed.rerun());
  scratch_directory scratch;
  std::vector<acknowledgement> acks;
  for (int life = 0; life < 8; ++life) {
    CAPTURE(life);
    int channel[2];
    REQUIRE(pipe(channel) == 0);
    const pid_t child = fork();
    if (child == 0) write_until_killed(scratch.journal(), channel[1]);
    close(channel[1]);
    const auto dies_at = std::chrono::steady_clock::now() + std::chrono::milliseconds{30 + seed.below(200)};
    acknowledgement a;
    while (std::chrono::steady_clock::now() < dies_at && read(channel[0], &a, sizeof a) == sizeof a) acks.push_back(a);
    kill(child, SIGKILL);
    while (read(channel[0], &a, sizeof a) == sizeof a) acks.push_back(a);
    close(channel[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));                                   // it wrote until it was killed
    if (life % 2 == 0) check_acknowledged(scratch.journal(), acks); // else the next life recovers by itself
  }
  CHECK(acks.size() > 100);
  check_acknowledged(scratch.journal(), acks);
}

TEST_CASE("a power cut loses nothing that was acknowledged") {
  random_seed seed;
  CAPTURE(seed.rerun());
  scratch_directory scratch;
  volatile_disk memory;
  fault_vfs disk{nullptr, false, &memory};
  {
    auto j = opened(scratch.journal(), {.partitions = 16, .vfs = disk.name()});
    remembered_failures failures;
    std::mutex mutex;
    std::vector<acknowledgement> acks;
    journal_writer w{*j, failures}; // goes first: its last listeners still write to acks
    std::atomic<bool> end{false};

    class remember : public commit_listener {
    public:
      remember(std::mutex& m, std::vector<acknowledgement>& a) : mutex_(m), acks_(a) {}
      void on_durable(std::span<const entry> entries, const receipt&) override {
        const std::scoped_lock lock{mutex_};
        for (const auto& e : entries) acks_.push_back({e.position, e.hash});
      }
      void on_failed(const error&) override {}

    private:
      std::mutex& mutex_;
      std::vector<acknowledgement>& acks_;
    };

    std::thread producer{[&] {
      std::array<std::uint64_t, 8> versions{};
      for (std::uint64_t i = 0; !end; ++i) {
        const auto t = i % 8;
        auto s = one(w, thread_key("t" + std::to_string(t)), ++versions[t], static_cast<std::uint16_t>(t));
        s.events[0].body = std::string(i % 700, 'x');
        s.events.push_back(draft(++versions[t]));
        if (i % 50 == 0) s.snapshot = entity_snapshot{versions[t], std::string(5000, 's')};
        s.listener = std::make_unique<remember>(mutex, acks);
        w.submit(std::move(s));
        const auto behind = [&] {
          const std::scoped_lock lock{mutex};
          return acks.size() + 32 < 2 * i;
        };
        while (behind() && !end) std::this_thread::sleep_for(std::chrono::microseconds{200});
      }
    }};
    for (int cut = 0; cut < 16; ++cut) {
      CAPTURE(cut);
      std::this_thread::sleep_for(std::chrono::milliseconds{1 + seed.below(20)});
      std::vector<acknowledgement> before;
      {
        const std::scoped_lock lock{mutex};
        before = acks;
      }
      const auto left = scratch.path() / ("cut" + std::to_string(cut));
      const int percent = static_cast<int>(cut % 3 == 0 ? 100 : seed.below(100));
      memory.cut_power(left, percent, seed.engine());
      check_acknowledged(left / "journal.db", before);
      opened(left / "journal.db");
      std::filesystem::remove_all(left);
    }
    end = true;
    producer.join();
    w.stop();
    CHECK(failures.seen().empty());
    CHECK(acks.size() > 100);
  }
}
