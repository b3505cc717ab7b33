// The places where tests make the program fail.

#include <catch2/catch.hpp>

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
