#include "actors/zone_files.hpp"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "runtime/schedule/limits.hpp"

namespace ropewalk::actors {
namespace {

bool same_file(const struct ::stat& a, const struct ::stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

error zone_not_found(const std::string& name) {
  return {errc::not_found, "time_zone_not_found", "there is no time zone \"" + name + '"', "time_zone"};
}
error zone_unreadable(const std::string& name, const char* why) {
  return {errc::unavailable, "time_zone_unavailable", "the file of time zone \"" + name + "\" cannot be read: " + why,
          "time_zone"};
}

struct open_file {
  int fd;
  explicit open_file(const char* path) : fd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  open_file(const open_file&) = delete;
  ~open_file() {
    if (fd >= 0) ::close(fd);
  }
};

result<std::string> read_whole(int fd, const std::string& name) {
  std::string bytes(limits::time_zone_bytes + 1, '\0'); // one more: the parser refuses what is too long
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t n = ::read(fd, bytes.data() + length, bytes.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return zone_unreadable(name, std::strerror(errno));
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  bytes.resize(length);
  return bytes;
}

} // namespace

result<schedule::shared_zone> zone_files::find(const std::string& name) {
  if (!schedule::is_time_zone_name(name))
    return invalid("time_zone", "must be the name of a time zone such as \"Europe/Berlin\"");
  if (name == "UTC") return std::make_shared<const schedule::time_zone>();
  std::lock_guard lock(mutex_);
  const std::string path = folder_ + '/' + name;
  struct ::stat now {};
  if (::stat(path.c_str(), &now) != 0)
    return errno == ENOENT || errno == ENOTDIR ? zone_not_found(name) : zone_unreadable(name, std::strerror(errno));
  if (!S_ISREG(now.st_mode)) return zone_not_found(name);
  if (const auto kept = kept_.find(name); kept != kept_.end() && same_file(kept->second.read_from, now))
    return kept->second.zone;
  const open_file file(path.c_str());
  if (file.fd < 0) return zone_unreadable(name, std::strerror(errno));
  const auto bytes = read_whole(file.fd, name);
  if (!bytes) return bytes.error();
  auto zone = schedule::time_zone::parse(*bytes, name);
  if (!zone) return zone.error();
  auto shared = std::make_shared<const schedule::time_zone>(*std::move(zone));
  kept_.insert_or_assign(name, kept_zone{now, shared});
  return shared;
}

schedule::facts zone_files::find_all(const schedule::wanted_facts& wanted) {
  schedule::facts found;
  for (const std::string& name : wanted.zones)
    if (auto zone = find(name)) found.zones.push_back(*std::move(zone));
  return found;
}

} // namespace ropewalk::actors
