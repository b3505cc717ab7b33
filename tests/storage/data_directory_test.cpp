#include "storage/data_directory.hpp"

#include <fstream>
#include <optional>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

TEST_CASE("a data directory is made with its parents and is private") {
  scratch_directory scratch;
  const auto path = scratch.path() / "a" / "b" / "data";
  const auto dir = data_directory::open(path);
  REQUIRE(dir);
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0700);
  CHECK(dir->journal_file() == path / "journal.db");
  CHECK(dir->views_file() == path / "views.db");
}

TEST_CASE("a second process is refused with the first one's number") {
  scratch_directory scratch;
  const auto dir = data_directory::open(scratch.path());
  REQUIRE(dir);
  const pid_t child = fork();
  if (child == 0) {
    const auto second = data_directory::open(scratch.path());
    const bool refused = !second && second.error().code == errc::conflict &&
                         second.error().type == "data_directory_in_use" &&
                         second.error().detail.find("process " + std::to_string(getppid())) != std::string::npos;
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("the lock ends with its owner, however that ends") {
  scratch_directory scratch;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto dir = data_directory::open(scratch.path());
    (void)!write(ready[1], dir ? "y" : "n", 1);
    pause();
    _exit(1);
  }
  char held = 0;
  REQUIRE(read(ready[0], &held, 1) == 1);
  REQUIRE(held == 'y');
  const auto refused = data_directory::open(scratch.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find(std::to_string(child)) != std::string::npos);
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(data_directory::open(scratch.path()));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("the lock goes with the value that holds it") {
  scratch_directory scratch;
  auto first = data_directory::open(scratch.path());
  REQUIRE(first);
  {
    const data_directory moved = std::move(*first);
    CHECK_FALSE(data_directory::open(scratch.path()));
  }
  CHECK(data_directory::open(scratch.path()));
}

TEST_CASE("a path that cannot be a directory is named in the error") {
  scratch_directory scratch;
  std::ofstream{scratch.path() / "file"} << "x";
  const auto dir = data_directory::open(scratch.path() / "file");
  REQUIRE_FALSE(dir);
  CHECK(dir.error().detail.find((scratch.path() / "file").string()) != std::string::npos);
  CHECK_FALSE(data_directory::open(scratch.path() / "file" / "below"));
}
