#include "bench/machine.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <linux/magic.h>
#include <nats/nats.h>
#include <sqlite3.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "bench/child_process.hpp"
#include "bench/markdown.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::chrono::seconds version_time_out{5};

#ifdef __clang__
constexpr const char* compiler = "compiler"; // its __VERSION__ begins with its name and distribution
#else
constexpr const char* compiler = "g++";
#endif

std::string processor_name() {
  constexpr const char* key = "model name";
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto value = line.find_first_not_of(" \t", line.find(':') + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "unknown";
}

std::string first_line_of(std::vector<std::string> command, const std::filesystem::path& scratch) {
  const auto log = scratch / "version.txt";
  std::filesystem::remove(log);
  child_process process{std::move(command), log};
  const auto deadline = std::chrono::steady_clock::now() + version_time_out;
  while (process.running() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  std::ifstream in{log};
  std::string line;
  std::getline(in, line);
  return line;
}

std::string file_system_of(const std::filesystem::path& place) {
  struct statfs found {};
  if (statfs(place.c_str(), &found) != 0) return "unknown";
  switch (static_cast<unsigned long>(found.f_type)) {
  case EXT4_SUPER_MAGIC: return "ext4";
  case XFS_SUPER_MAGIC: return "xfs";
  case BTRFS_SUPER_MAGIC: return "btrfs";
  case OVERLAYFS_SUPER_MAGIC: return "overlayfs";
  case TMPFS_MAGIC: return "tmpfs, WHERE SYNCING COSTS NOTHING: no figure of a durable write means anything";
  default: break;
  }
  std::ostringstream text;
  text << "file system 0x" << std::hex << found.f_type;
  return text.str();
}

std::string memory_text() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return "unknown";
  return bytes_text(static_cast<double>(info.totalram) * info.mem_unit);
}

std::string load_average() {
  double one_minute = 0;
  return getloadavg(&one_minute, 1) == 1 ? std::to_string(one_minute).substr(0, 4) : "unknown";
}

} // namespace

std::string machine_description(const std::filesystem::path& data, const std::filesystem::path& ropewalk) {
  const scratch_directory scratch{data};
  utsname kernel{};
  uname(&kernel);
  std::ostringstream text;
  text << processor_name() << ", " << std::thread::hardware_concurrency() << " cores (load average " << load_average()
       << " at the start), " << memory_text() << " memory, " << kernel.sysname << ' ' << kernel.release << ", "
       << file_system_of(data) << "; " << first_line_of({"nats-server", "--version"}, scratch.path())
       << ", NATS C client " << nats_GetVersion() << ", SQLite " << sqlite3_libversion() << ", " << compiler << ' '
       << __VERSION__;
  if (!ropewalk.empty()) text << "; " << first_line_of({ropewalk.string(), "--version"}, scratch.path());
  return text.str();
}

} // namespace ropewalk::bench
