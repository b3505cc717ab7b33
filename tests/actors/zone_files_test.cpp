// Time zones read from a folder as the system has it.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "actors/zone_files.hpp"
#include "runtime/schedule/limits.hpp"
#include "tests/runtime/schedule_zones.hpp"

namespace ropewalk::actors {
namespace {

namespace fs = std::filesystem;
using namespace schedule::tests;

struct zone_folder {
  fs::path path;

  zone_folder() {
    std::string name = (fs::temp_directory_path() / "rw-zones-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~zone_folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / (name + ".new"), std::ios::binary) << bytes;
    fs::rename(path / (name + ".new"), path / name);
  }
};

std::string fixed(const char* footer) {
  tzif file;
  file.footer = footer;
  return file.bytes();
}

std::string refusal(zone_files& zones, const std::string& name) {
  const auto zone = zones.find(name);
  return zone ? "" : zone.error().type.empty() ? std::string(ropewalk::name(zone.error().code)) : zone.error().type;
}

} // namespace

TEST_CASE("a time zone comes from its file, and anew when the file changes") {
  const zone_folder folder;
  folder.write("Test/Here", fixed("HERE-3"));
  fs::create_symlink("Here", folder.path / "Test/Alias");
  zone_files zones(folder.path.string());
  const auto first = zones.find("Test/Here");
  REQUIRE(first);
  CHECK((*first)->name() == "Test/Here");
  CHECK((*first)->offset_at(0) == 10'800);
  CHECK(*zones.find("Test/Here") == *first); // kept
  CHECK((*zones.find("Test/Alias"))->name() == "Test/Alias");
  folder.write("Test/Here", fixed("THERE-4"));
  CHECK((*zones.find("Test/Here"))->offset_at(0) == 14'400);
  CHECK((*first)->offset_at(0) == 10'800); // whoever has it keeps it
  fs::remove(folder.path / "Test/Here");
  CHECK(refusal(zones, "Test/Here") == "time_zone_not_found");
}

TEST_CASE("a zone that is none is refused, and nothing outside its folder is read") {
  const zone_folder folder;
  folder.write("inside/Good", fixed("ABC1"));
  folder.write("Secret", fixed("ABC2"));
  zone_files zones((folder.path / "inside").string());
  CHECK(zones.find("Good"));
  for (const char* name : {"", "../Secret", "/etc/localtime", "Good/../Good", "./Good", "a b", "Good\n"})
    CHECK(refusal(zones, name) == "invalid");
  CHECK(refusal(zones, std::string("Good\0", 5)) == "invalid");
  CHECK(refusal(zones, "None") == "time_zone_not_found");
  CHECK(refusal(zones, "Good/None") == "time_zone_not_found");

  folder.write("inside/Text", "not a time zone");
  CHECK(refusal(zones, "Text") == "corrupt_time_zone");
  folder.write("inside/Empty", "");
  CHECK(refusal(zones, "Empty") == "corrupt_time_zone");
  folder.write("inside/Large", fixed("ABC1") + std::string(limits::time_zone_bytes, 'x'));
  CHECK(refusal(zones, "Large") == "corrupt_time_zone");
  fs::create_directory(folder.path / "inside/Folder");
  CHECK(refusal(zones, "Folder") == "time_zone_not_found");
  REQUIRE(::mkfifo((folder.path / "inside/Pipe").c_str(), 0600) == 0);
  CHECK(refusal(zones, "Pipe") == "time_zone_not_found");
}

TEST_CASE("UTC needs no folder; facts hold the zones that there are") {
  zone_files none("/nonexistent");
  REQUIRE(none.find("UTC"));
  CHECK((*none.find("UTC"))->offset_at(1'800'000'000) == 0);
  const zone_folder folder;
  folder.write("Here", fixed("HERE-3"));
  zone_files zones(folder.path.string());
  const auto facts = zones.find_all({{"Here", "Nowhere"}});
  REQUIRE(facts.find("Here"));
  CHECK(facts.find("Here")->offset_at(0) == 10'800);
  CHECK_FALSE(facts.find("Nowhere"));
  CHECK(facts.find("UTC"));
}

TEST_CASE("the system's own zones can be read") {
  if (system_zone("Europe/Berlin").empty()) return; // a machine without them
  zone_files zones;
  int read = 0;
  for (const auto& entry : fs::recursive_directory_iterator("/usr/share/zoneinfo")) {
    const std::string name = fs::relative(entry.path(), "/usr/share/zoneinfo").string();
    if (!entry.is_regular_file() || !schedule::is_time_zone_name(name)) continue;
    const auto zone = zones.find(name);
    if (name.starts_with("right/")) {
      CHECK(refusal(zones, name) == "leap_seconds");
      continue;
    }
    if (!zone && zone.error().detail.find("does not begin as one") != std::string::npos) continue; // a list or a text
    INFO(name);
    REQUIRE(zone);
    ++read;
  }
  CHECK(read > 100);
}

} // namespace ropewalk::actors
