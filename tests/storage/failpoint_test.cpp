// The places where tests make the program fail.

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "storage/failpoint.hpp"

using namespace ropewalk;
namespace fs = std::filesystem;

TEST_CASE("a place that the program does not have is refused by name, and what was armed stays") {
  const auto armed = arm_failpoints("journal.before_comit=kill@3");
  REQUIRE_FALSE(armed);
  CHECK(armed.error().code == errc::invalid);
  CHECK(armed.error().field == "points");
  CHECK(armed.error().detail == "the program has no place \"journal.before_comit\"");
  CHECK(arm_failpoints("journal.before_commit=sleep:0"));
  CHECK(arm_failpoints(""));
}

TEST_CASE("a process stands still at a place, once, and goes on when it is continued") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool is_armed = bool(arm_failpoints("journal.before_commit=stop@2"));
    for (int n = 0; n < 3; ++n) failpoint_reached("journal.before_commit");
    _exit(is_armed ? 7 : 8);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, WUNTRACED) == child);
  REQUIRE(WIFSTOPPED(status));
  CHECK(WSTOPSIG(status) == SIGSTOP);
  REQUIRE(kill(child, SIGCONT) == 0);
  REQUIRE(waitpid(child, &status, WUNTRACED) == child); // it would stop here again
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("the list of places is that of the sources") {
  constexpr std::string_view mark = "FAILPOINT(\"";
  std::set<std::string> found;
  for (const char* folder : {"actors", "storage", "transport", "runtime", "cli"})
    for (const auto& file : fs::recursive_directory_iterator(fs::path(ROPEWALK_SOURCE_DIR) / folder)) {
      if (file.path().filename() == "failpoint.hpp" || !file.is_regular_file()) continue;
      std::ifstream source(file.path());
      const std::string text{std::istreambuf_iterator<char>(source), {}};
      for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
        at += mark.size();
        found.insert(text.substr(at, text.find('"', at) - at));
      }
    }
  CHECK(std::set<std::string>(failpoints().begin(), failpoints().end()) == found);
}
