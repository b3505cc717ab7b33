#include "storage/sealing/keyring_file.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/hex.hpp"

namespace ropewalk::storage {

namespace fs = std::filesystem;

namespace {

class descriptor {
public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const noexcept { return fd_; }

private:
  int fd_;
};

error cannot(const char* what, const std::string& source, int reason) {
  return {errc::unavailable,
          "keyring_unreadable",
          std::string("cannot ") + what + " the keyring " + source + ": " + std::strerror(reason),
          {}};
}

error unsafe(const std::string& source, const std::string& rule) {
  return {errc::invalid, "keyring_unsafe", "the keyring " + source + " " + rule, {}};
}

std::string octal(mode_t mode) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), mode & 07777, 8).ptr;
  return "0" + std::string(digits.data(), end);
}

status_result check_safe(int fd, const std::string& source) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return cannot("look at", source, errno);
  if (!S_ISREG(about.st_mode)) return unsafe(source, "must be a regular file");
  if (about.st_uid != geteuid())
    return unsafe(source, "must belong to the user who runs this program (" + std::to_string(geteuid()) +
                              "), not to user " + std::to_string(about.st_uid));
  if ((about.st_mode & 07777 & ~mode_t{0600}) != 0)
    return unsafe(source, "must have mode 0600 or stricter, not " + octal(about.st_mode));
  return ok();
}

result<keyring> read_keyring(int fd, const std::string& source) {
  wiped_text json{keyring::json_bytes_max + 1};
  json.text.resize(keyring::json_bytes_max + 1);
  std::size_t size = 0;
  for (bool seekable = true; size < json.text.size();) {
    ssize_t got = seekable ? pread(fd, json.text.data() + size, json.text.size() - size, static_cast<off_t>(size))
                           : read(fd, json.text.data() + size, json.text.size() - size);
    if (got < 0 && errno == ESPIPE && seekable) {
      seekable = false;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", source, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > keyring::json_bytes_max)
    return error{errc::invalid,
                 "keyring_invalid",
                 "the keyring is larger than " + std::to_string(keyring::json_bytes_max) + " bytes",
                 {}};
  auto parsed = keyring::parse({json.text.data(), size});
  if (parsed) return parsed;
  error why = std::move(parsed).error();
  why.detail = source + ": " + why.detail;
  return why;
}

std::optional<int> descriptor_named(std::string_view source) {
  if (!source.starts_with("fd:")) return std::nullopt;
  int fd = -1;
  const auto [end, failed] = std::from_chars(source.data() + 3, source.data() + source.size(), fd);
  return failed == std::errc{} && end == source.data() + source.size() && fd >= 0 ? fd : -1;
}

// O_NONBLOCK: a named pipe in the file's place must be refused, not waited for.
int open_file(const fs::path& file) { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

result<keyring> load_open(const descriptor& opened, const std::string& source) {
  if (opened.get() < 0 && errno == ENOENT)
    return error{errc::not_found, "no_keyring", "there is no keyring " + source, {}};
  if (opened.get() < 0) return cannot("open", source, errno);
  if (auto safe = check_safe(opened.get(), source); !safe) return safe.error();
  return read_keyring(opened.get(), source);
}

status_result sync_directory_of(const fs::path& file) {
  const fs::path parent = file.has_parent_path() ? file.parent_path() : fs::path{"."};
  const descriptor directory{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() >= 0 && fsync(directory.get()) == 0) return ok();
  return cannot("sync the directory of", file.string(), errno);
}

// A whole, durable file beside the one that is meant. Its name is new, so that two writers never share one.
class written_beside {
public:
  static result<written_beside> make(const fs::path& file, const keyring& keys) {
    std::array<std::uint8_t, 8> tail{};
    if (RAND_bytes(tail.data(), tail.size()) != 1)
      return error{errc::unavailable, "no_entropy", "the system gives no random bytes", {}};
    written_beside made{file.string() + "." + to_hex(tail) + ".new"};
    const descriptor to{::open(made.name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (to.get() < 0) {
      const int reason = errno;
      made.name_.clear();
      return cannot("write", file.string(), reason);
    }
    const wiped_text json = keys.to_json();
    std::size_t written = 0;
    while (written < json.text.size()) {
      const ssize_t put = write(to.get(), json.text.data() + written, json.text.size() - written);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return cannot("write", file.string(), errno);
      written += static_cast<std::size_t>(put);
    }
    // Whatever the umask made of it.
    if (fchmod(to.get(), 0600) != 0 || fsync(to.get()) != 0) return cannot("write", file.string(), errno);
    return made;
  }
  written_beside(written_beside&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  written_beside& operator=(written_beside&&) = delete;
  ~written_beside() {
    if (!name_.empty()) unlink(name_.c_str());
  }

  bool move_to(const fs::path& file) {
    if (rename(name_.c_str(), file.c_str()) != 0) return false;
    name_.clear();
    return true;
  }
  bool link_to(const fs::path& file) const { return link(name_.c_str(), file.c_str()) == 0; } // never over another

private:
  explicit written_beside(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

error in_use(const fs::path& file) {
  return {
      errc::conflict, "keyring_in_use", "another program is changing the keyring " + file.string() + "; try again", {}};
}

// The lock is on the file that is replaced: whoever waited for it holds a file that is not in place any more.
template <class Change>
result<keyring> change_file(const fs::path& named, const Change& change) {
  std::error_code failed;
  const fs::path file = fs::canonical(named, failed); // a link stays a link
  if (failed) return load_open(descriptor{open_file(named)}, named.string());
  const descriptor locked{open_file(file)};
  const auto before = load_open(locked, file.string());
  if (!before) return before;
  if (flock(locked.get(), LOCK_EX | LOCK_NB) != 0) return in_use(file);
  struct stat held {
  }, placed{};
  if (fstat(locked.get(), &held) != 0 || stat(file.c_str(), &placed) != 0 || held.st_ino != placed.st_ino ||
      held.st_dev != placed.st_dev)
    return in_use(file);
  auto after = change(*before);
  if (!after) return after;
  auto fresh = written_beside::make(file, *after);
  if (!fresh) return fresh.error();
  if (!fresh->move_to(file)) return cannot("replace", file.string(), errno);
  if (auto synced = sync_directory_of(file); !synced) return synced.error();
  return after;
}

} // namespace

result<keyring> load_keyring(const std::string& source) {
  if (const auto fd = descriptor_named(source)) {
    if (*fd < 0) return invalid("keyring", "\"" + source + "\" must be fd: and the number of an open descriptor");
    return read_keyring(*fd, source);
  }
  return load_open(descriptor{open_file(source)}, source);
}

result<keyring> create_keyring(const fs::path& file, instant now) {
  auto keys = new_keyring(now);
  if (!keys) return keys;
  auto fresh = written_beside::make(file, *keys);
  if (!fresh) return fresh.error();
  if (!fresh->link_to(file)) {
    if (errno == EEXIST)
      return error{errc::conflict, "keyring_exists", "there is a keyring already: " + file.string(), {}};
    return cannot("create", file.string(), errno);
  }
  if (auto synced = sync_directory_of(file); !synced) return synced.error();
  return keys;
}

result<keyring> rotate_keyring(const fs::path& file, instant now) {
  return change_file(file, [&](const keyring& keys) { return keys.rotated(now); });
}

result<keyring> revoke_key(const fs::path& file, std::string_view id) {
  return change_file(file, [&](const keyring& keys) { return keys.revoked(id); });
}

keyring_handle::keyring_handle(std::string source, keyring first)
    : source_(std::move(source)), current_(std::make_shared<const keyring>(std::move(first))) {}

status_result keyring_handle::reload() {
  auto loaded = load_keyring(source_);
  if (!loaded) return loaded.error();
  current_.store(std::make_shared<const keyring>(std::move(*loaded)), std::memory_order_release);
  return ok();
}

} // namespace ropewalk::storage
