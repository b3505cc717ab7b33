#include "cli/node/dev_runtime.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/file_text.hpp"
#include "cli/user_directories.hpp"
#include "runtime/json_text.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::cli {
namespace {

std::vector<std::filesystem::path> entries() {
  std::vector<std::filesystem::path> files;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator(state_directory(), absent))
    if (const std::string name = entry.path().filename(); name.starts_with("dev-") && name.ends_with(".json"))
      files.push_back(entry.path());
  return files;
}

bool is_held(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(fd);
  return held;
}

std::optional<dev_runtime> read_entry(const std::filesystem::path& file) {
  const auto text = read_whole(file.string(), 4096);
  if (!text) return std::nullopt;
  const auto doc = json_document::parse(*text, {});
  if (!doc) return std::nullopt; // it is just being written
  const auto url = doc->root().find("url");
  const auto pid = doc->root().find("pid"), since = doc->root().find("since_us");
  if (!url || !url->is(json_type::string) || !pid || !pid->is(json_type::number) || !since ||
      !since->is(json_type::number))
    return std::nullopt;
  return dev_runtime{url->string(), static_cast<int>(pid->integer().value_or(0)), since->integer().value_or(0)};
}

} // namespace

std::vector<dev_runtime> running_devs() {
  std::vector<dev_runtime> all;
  for (const auto& file : entries())
    if (is_held(file))
      if (auto r = read_entry(file)) all.push_back(*std::move(r));
  std::sort(all.begin(), all.end(), [](const dev_runtime& a, const dev_runtime& b) {
    return std::tie(a.since_us, a.pid) < std::tie(b.since_us, b.pid);
  });
  return all;
}

result<dev_registration> dev_registration::add(const dev_runtime& r) {
  std::error_code ignored; // creating the file tells what is wrong
  std::filesystem::create_directories(state_directory(), ignored);
  for (const auto& file : entries())
    if (read_entry(file) && !is_held(file)) std::filesystem::remove(file, ignored);
  std::string file = state_directory() / "dev-XXXXXX.json";
  const int fd = mkostemps(file.data(), static_cast<int>(std::strlen(".json")), O_CLOEXEC);
  json_writer w;
  w.begin_object().field("url", r.url).field("pid", r.pid).field("since_us", r.since_us).end_object();
  const std::string text = w.text() + '\n';
  // Locked before it can be read: what has no text yet is nobody's to remove.
  if (fd < 0 || flock(fd, LOCK_EX) != 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) {
      unlink(file.c_str());
      close(fd);
    }
    return error{errc::unavailable, "file", "cannot write " + file + ": " + why + "; other verbs will need --url", {}};
  }
  return dev_registration(fd, file);
}

dev_registration::dev_registration(dev_registration&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)), file_(std::move(other.file_)) {}

dev_registration::~dev_registration() {
  if (lock_ < 0) return;
  unlink(file_.c_str());
  close(lock_);
}

} // namespace ropewalk::cli
