#include "storage/clock_file.hpp"

#include <fstream>

#include <sys/stat.h>

#include "tests/storage/journal_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

constexpr clock_mark kept{{1'795'873'096'000'000}, 500'000'000, 20'000'000};
constexpr std::int64_t later_us = 501'000'000;

std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("what one process of a boot keeps the next one finds, readable by its owner alone") {
  scratch_directory scratch;
  const auto path = scratch.path() / "clock.json";
  CHECK(*clock_file(path, "boot-1").find(later_us) == std::nullopt);
  REQUIRE(clock_file(path, "boot-1").keep(kept));
  CHECK(*clock_file(path, "boot-1").find(later_us) == kept);
  CHECK(text_of_file(path) ==
        R"({"format":1,"boot":"boot-1","elapsed_us":500000000,"told_us":1795873096000000,"begun_us":20000000})"
        "\n");
  struct stat s {};
  REQUIRE(stat(path.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
}

TEST_CASE("another boot, a moment that is yet to come or a boot that is not known have nothing to go on from") {
  scratch_directory scratch;
  const auto path = scratch.path() / "clock.json";
  REQUIRE(clock_file(path, "boot-1").keep(kept));
  CHECK(*clock_file(path, "boot-2").find(later_us) == std::nullopt);
  CHECK(*clock_file(path, "boot-1").find(kept.elapsed_us - 1) == std::nullopt);
  CHECK(*clock_file(path, "").find(later_us) == std::nullopt);
  REQUIRE(clock_file(scratch.path() / "other.json", "").keep(kept));
  CHECK_FALSE(std::filesystem::exists(scratch.path() / "other.json"));
}

TEST_CASE("the file is written when time runs otherwise than it says, and not as it goes by") {
  scratch_directory scratch;
  const auto path = scratch.path() / "clock.json";
  clock_file file(path, "boot-1");
  const auto stored = [&] { return **clock_file(path, "boot-1").find(INT64_MAX); };
  REQUIRE(file.keep(kept));
  clock_mark now = kept;
  now.told.us += 3'600'000'000;
  now.elapsed_us += 3'600'000'000;
  REQUIRE(file.keep(now));
  CHECK(stored() == kept);
  now.told.us += 99'999;
  REQUIRE(file.keep(now));
  CHECK(stored() == kept);
  now.told.us += 1;
  REQUIRE(file.keep(now));
  CHECK(stored() == now);
  now.told.us -= 200'000;
  REQUIRE(file.keep(now));
  CHECK(stored() == now);
}

TEST_CASE("a file that is no record of a clock is corrupt, and one that cannot be written is said to be") {
  scratch_directory scratch;
  const auto path = scratch.path() / "clock.json";
  const std::string told = R"("told_us":1795873096000000,)";
  for (const std::string& text :
       {std::string{}, std::string("{"), std::string("[1]"), std::string(5000, ' '),
        R"({"format":2,"boot":"b","elapsed_us":5,)" + told + R"("begun_us":1})",
        R"({"format":1,"boot":"b","elapsed_us":5,)" + told + R"("begun_us":6})",
        R"({"format":1,"boot":"b","elapsed_us":-5,)" + told + R"("begun_us":1})",
        std::string(R"({"format":1,"boot":"b","elapsed_us":5,"told_us":9223372036854775807,"begun_us":1})"),
        R"({"format":1,"elapsed_us":5,)" + told + R"("begun_us":1})"}) {
    CAPTURE(text);
    std::ofstream(path) << text;
    const auto found = clock_file(path, "b").find(10);
    REQUIRE(!found);
    CHECK(found.error().code == errc::corrupt);
  }
  const auto unwritten = clock_file(scratch.path() / "nosuch" / "clock.json", "b").keep(kept);
  REQUIRE(!unwritten);
  CHECK(unwritten.error().code == errc::unavailable);
}
