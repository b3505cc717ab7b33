// What each folder may include, read from the sources: runtime stays pure, CAF, NATS and SQLite stay in
// their shells.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

struct include {
  fs::path file;
  int line;
  bool quoted;
  std::string name;
};

std::vector<fs::path> sources_below(const std::string& folder) {
  std::vector<fs::path> files;
  const fs::path root = fs::path(ROPEWALK_SOURCE_DIR) / folder;
  if (!fs::exists(root)) return files;
  for (const auto& found : fs::recursive_directory_iterator(root))
    if (found.path().extension() == ".cpp" || found.path().extension() == ".hpp") files.push_back(found.path());
  return files;
}

std::vector<include> includes_of(const fs::path& file) {
  std::vector<include> found;
  std::ifstream in(file);
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    std::string_view rest = text;
    const auto skip_white = [&rest] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size())); };
    skip_white();
    if (!rest.starts_with('#')) continue;
    rest.remove_prefix(1);
    skip_white();
    if (!rest.starts_with("include")) continue;
    rest.remove_prefix(7);
    skip_white();
    const bool quoted = rest.starts_with('"');
    const std::size_t end = rest.find(quoted ? '"' : '>', 1);
    found.push_back({file, line, quoted, std::string(rest.substr(1, end - 1))});
  }
  return found;
}

// Standard headers of C++: names without a folder and without an extension.
bool is_standard(const std::string& name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
}

bool is_posix(const std::string& name) {
  static const std::set<std::string> plain = {"dirent.h", "errno.h",   "fcntl.h", "getopt.h", "netdb.h",
                                              "poll.h",   "pthread.h", "pwd.h",   "sched.h",  "signal.h",
                                              "spawn.h",  "termios.h", "time.h",  "unistd.h"};
  return plain.contains(name) || name.starts_with("sys/") || name.starts_with("netinet/") || name.starts_with("arpa/");
}

struct allowed {
  std::string folder;
  std::vector<std::string> own;     // folders of the repository, in quotes
  std::vector<std::string> foreign; // beginnings of other libraries' headers, in angle brackets
  bool posix;
};

const allowed table[] = {
    {"runtime", {"runtime/"}, {"nlohmann/"}, false},
    {"storage", {"runtime/", "storage/"}, {"sqlite3.h", "openssl/", "zstd.h"}, true},
    {"transport", {"runtime/", "transport/"}, {"nats/", "openssl/"}, true},
    {"actors", {"runtime/", "storage/", "transport/", "actors/"}, {"caf/", "spdlog/", "fmt/", "prometheus/"}, true},
    {"cli",
     {"runtime/", "storage/", "transport/", "actors/", "cli/"},
     {"caf/", "spdlog/", "fmt/", "nats/", "openssl/", "sqlite3.h", "zstd.h", "CLI/", "nlohmann/", "yaml-cpp/"},
     true},
};

bool permits(const allowed& rule, const include& i) {
  const auto begins = [&i](const std::string& prefix) { return i.name.starts_with(prefix); };
  if (i.quoted) return std::any_of(rule.own.begin(), rule.own.end(), begins);
  return is_standard(i.name) || (rule.posix && is_posix(i.name)) ||
         std::any_of(rule.foreign.begin(), rule.foreign.end(), begins);
}

void check_folder(const std::string& folder) {
  const allowed& rule =
      *std::find_if(std::begin(table), std::end(table), [&](const allowed& a) { return a.folder == folder; });
  for (const fs::path& file : sources_below(folder))
    for (const include& i : includes_of(file))
      if (!permits(rule, i))
        FAIL_CHECK(i.file.string() << ":" << i.line << ": " << folder << " must not include " << i.name);
}

} // namespace

TEST_CASE("runtime includes the standard library and runtime alone; workflows and schedules also JSON as a tree") {
  REQUIRE(sources_below("runtime").size() > 10);
  check_folder("runtime");
  for (const fs::path& file : sources_below("runtime"))
    for (const include& i : includes_of(file))
      if (const auto folder = file.parent_path().filename();
          folder != "workflow" && folder != "schedule" &&
          (i.name.starts_with("nlohmann/") || i.name.starts_with("runtime/workflow/")))
        FAIL_CHECK(file.string() << ":" << i.line << ": only runtime/workflow and runtime/schedule may include "
                                 << i.name);
}

TEST_CASE("storage knows runtime, SQLite, OpenSSL and zstd") { check_folder("storage"); }

TEST_CASE("transport knows runtime, NATS and OpenSSL") { check_folder("transport"); }

TEST_CASE("actors know the folders below them, CAF and the log, neither NATS nor SQLite") { check_folder("actors"); }

TEST_CASE("cli may include all folders") { check_folder("cli"); }

TEST_CASE("runtime has no threads, locks, files, clocks or random sources") {
  const std::set<std::string> impure = {
      "thread",    "mutex", "shared_mutex", "condition_variable", "future", "random", "fstream", "filesystem", "ctime",
      "semaphore", "latch", "barrier",      "stop_token"};
  for (const fs::path& file : sources_below("runtime")) {
    for (const include& i : includes_of(file))
      if (impure.contains(i.name))
        FAIL_CHECK(file.string() << ":" << i.line << ": runtime must not include " << i.name);
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    for (const std::string_view call : {"_clock::now", "getenv(", "std::rand"})
      if (text.str().find(call) != std::string::npos) FAIL_CHECK(file.string() << ": runtime must not call " << call);
  }
}
