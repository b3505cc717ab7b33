// ctest runs the files *_test.cpp, each by itself: a test in another file would never run.

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

TEST_CASE("every test stands in a file that ctest runs") {
  namespace fs = std::filesystem;
  std::size_t tests = 0;
  for (const auto& e : fs::recursive_directory_iterator(fs::path(ROPEWALK_SOURCE_DIR) / "tests")) {
    if (!e.is_regular_file()) continue;
    const std::string name = e.path().filename().string();
    std::ifstream in(e.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("TEST_CASE(") && !line.starts_with("TEST_CASE_METHOD(")) continue;
      INFO(e.path().string() << ": " << line);
      CHECK(name.ends_with("_test.cpp"));
      ++tests;
    }
  }
  CHECK(tests > 100);
}
