// A disk that may have forgotten what its member promised is told from the one that promised it.

#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>

#include "storage/failpoint.hpp"
#include "storage/incarnation.hpp"
#include "tests/storage/replicated_journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const instant today{1'800'000'000'000'000};

struct member_disk {
  scratch_directory scratch;
  std::filesystem::path token() const { return scratch.path() / "incarnation"; }

  settled_incarnation start(instant now = today) {
    auto j = opened(scratch.journal(), member_options());
    const auto settled = settle_incarnation(*j, scratch.path(), now);
    if (!settled) FAIL(settled.error().detail);
    return *settled;
  }
  // As the core does once it has learned enough.
  void stand(std::uint64_t incarnation) {
    auto j = opened(scratch.journal(), member_options());
    replication::change c;
    c.standing = {incarnation, true};
    c.promised = {4, "east"};
    for (std::uint16_t p = 0; p < 16; ++p) must_apply(*j, p, c);
  }
  replication::durable_state state(std::uint16_t p) {
    auto j = opened(scratch.journal(), member_options());
    return loaded(*j, p);
  }
  // A copy of the journal, as a backup makes it: the log is empty while nobody has it open.
  void copy_to(const std::filesystem::path& to) { std::filesystem::copy_file(scratch.journal(), to); }
  void put_back(const std::filesystem::path& from) {
    std::filesystem::copy_file(from, scratch.journal(), std::filesystem::copy_options::overwrite_existing);
  }
};

} // namespace

TEST_CASE("a new disk has no standing, and a number from the clock") {
  member_disk d;
  const auto first = d.start();
  CHECK_FALSE(first.kept);
  CHECK(first.incarnation == 1'800'000'000'000'000);
  for (std::uint16_t p : {0, 15}) {
    CHECK(d.state(p).standing == replication::standing{1'800'000'000'000'000, false});
    CHECK(d.state(p).promised == replication::given_promise{});
  }
  struct stat s {};
  REQUIRE(stat(d.token().c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
}

TEST_CASE("the same disk keeps its standing over restarts, and its token changes each time") {
  member_disk d;
  d.stand(d.start().incarnation);
  const auto tokens = [&] {
    std::ifstream in(d.token());
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::string before = tokens();
  for (int i = 0; i < 3; ++i) {
    const auto again = d.start(instant{5});
    CHECK(again.kept);
    CHECK(again.incarnation == 1'800'000'000'000'000);
    CHECK(d.state(3).standing == replication::standing{1'800'000'000'000'000, true});
    CHECK(d.state(3).promised == replication::given_promise{4, "east"});
    CHECK(tokens() != before);
    CHECK(tokens().size() == 33);
    before = tokens();
  }
}

TEST_CASE("without its token, or with another one, a disk counts as wiped and keeps what it holds as a start") {
  for (const char* what : {"gone", "empty", "torn", "another"}) {
    CAPTURE(what);
    member_disk d;
    d.stand(d.start().incarnation);
    if (what == std::string("gone")) std::filesystem::remove(d.token());
    else
      std::ofstream(d.token()) << (what == std::string("empty")  ? ""
                                   : what == std::string("torn") ? "0123456789abcdef"
                                                                 : "0123456789abcdef0123456789abcdef\n");
    const auto after = d.start(instant{today.us - 60'000'000}); // a clock that is behind
    CHECK_FALSE(after.kept);
    CHECK(after.incarnation == 1'800'000'000'000'001);
    CHECK(d.state(3).standing == replication::standing{1'800'000'000'000'001, false});
    CHECK(d.state(3).promised == replication::given_promise{4, "east"});
    CHECK(d.start().kept);
    CHECK_FALSE(d.state(3).standing.full);
  }
}

TEST_CASE("a journal put back from an earlier run has no standing") {
  member_disk d;
  d.stand(d.start().incarnation);
  d.copy_to(d.scratch.path() / "backup.db");
  CHECK(d.start().kept);
  d.put_back(d.scratch.path() / "backup.db");
  const auto after = d.start(instant{today.us + 1'000'000});
  CHECK_FALSE(after.kept);
  CHECK(after.incarnation == 1'800'000'001'000'000);
  CHECK_FALSE(d.state(0).standing.full);
}

TEST_CASE("a member that is killed while it settles never stands on a disk that lost its standing, and keeps one that "
          "it had") {
  if (!ropewalk_has_failpoints) return;
  for (const bool same_disk : {true, false})
    for (const char* place : {"incarnation.standing_lost", "incarnation.file_written", "incarnation.journal_written"}) {
      if (same_disk && place == std::string("incarnation.standing_lost")) continue;
      CAPTURE(same_disk, place);
      member_disk d;
      d.stand(d.start().incarnation);
      if (!same_disk) std::filesystem::remove(d.token());
      const pid_t child = fork();
      if (child == 0) {
        if (!arm_failpoints(std::string(place) + "=kill")) _exit(3);
        auto j = journal::open(d.scratch.journal(), member_options());
        if (!j) _exit(4);
        (void)settle_incarnation(**j, d.scratch.path(), today);
        _exit(5);
      }
      int status = 0;
      REQUIRE(waitpid(child, &status, 0) == child);
      REQUIRE(WIFSIGNALED(status));
      const auto after = d.start();
      CHECK(d.state(3).standing.full == same_disk);
      // Where the token was in both places, the loss had been written as well: the next start goes on without standing.
      CHECK(after.kept == (same_disk || place == std::string("incarnation.journal_written")));
      CHECK((after.incarnation == 1'800'000'000'000'000) == same_disk);
    }
}
