#include "storage/data_directory.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::storage {

namespace {

error directory_error(const std::string& what, const std::filesystem::path& path, int reason) {
  return {
      errc::unavailable, "data_directory", "cannot " + what + " " + path.string() + ": " + std::strerror(reason), {}};
}

std::string owner_of(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = pread(lock, text.data(), text.size() - 1, 0);
  std::string owner(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!owner.empty() && (owner.back() < '0' || owner.back() > '9')) owner.pop_back();
  return owner;
}

} // namespace

result<data_directory> data_directory::open(const std::filesystem::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) return directory_error("create", path.parent_path(), failed.value());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return directory_error("create", path, errno);

  const auto file = path / "lock";
  // Close-on-exec: a child such as nats-server must not keep the lock after we are gone.
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return directory_error("open", file, errno);
  data_directory opened{path, lock};
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return directory_error("lock", file, errno);
    const std::string owner = owner_of(lock);
    return error{errc::conflict,
                 "data_directory_in_use",
                 path.string() + " is in use by " + (owner.empty() ? "another process" : "process " + owner) +
                     "; stop it or choose another directory",
                 {}};
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return directory_error("write", file, errno);
  return opened;
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

data_directory::~data_directory() {
  // The file stays: removing it would let a third process lock a new one beside the second's.
  if (lock_ >= 0) close(lock_);
}

} // namespace ropewalk::storage
