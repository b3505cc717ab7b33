#include "cli/file_text.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

error file_error(const std::filesystem::path& path, std::string_view what) {
  const int number = errno;
  return {number == ENOENT ? errc::not_found : errc::unavailable,
          "file",
          "cannot " + std::string(what) + " " + path.string() + ": " + std::strerror(number),
          {}};
}

} // namespace

result<std::string> read_whole(const std::string& path, std::size_t max_bytes) {
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return file_error(path, "open");
  std::string text;
  char buffer[1 << 16];
  std::size_t n = 0;
  while (text.size() <= max_bytes && (n = std::fread(buffer, 1, sizeof buffer, file)) > 0) text.append(buffer, n);
  const bool failed = std::ferror(file) != 0;
  const error why = failed ? file_error(path, "read") : error{};
  if (file != stdin) std::fclose(file);
  if (failed) return why;
  if (text.size() > max_bytes)
    return error{errc::too_large, "file", path + " has more than " + std::to_string(max_bytes) + " bytes", {}};
  return text;
}

whole_file::whole_file(std::FILE* file, std::filesystem::path path, std::filesystem::path beside)
    : file_(file), path_(std::move(path)), beside_(std::move(beside)) {}

whole_file::whole_file(whole_file&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)), path_(std::move(other.path_)), beside_(std::move(other.beside_)) {}

whole_file::~whole_file() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  unlink(beside_.c_str());
}

result<whole_file> whole_file::create(const std::filesystem::path& path, unsigned mode) {
  std::string beside = path.string() + ".XXXXXX";
  const int fd = mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return file_error(path, "write");
  const mode_t mask = umask(0); // can only be read by setting it
  umask(mask);
  fchmod(fd, mode & ~mask);
  return whole_file(fdopen(fd, "wb"), path, beside);
}

status_result whole_file::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) return file_error(path_, "write");
  return ok();
}

status_result whole_file::keep() {
  const bool written = std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
  const error why = written ? error{} : file_error(path_, "write");
  if (!written) return why;
  if (rename(beside_.c_str(), path_.c_str()) != 0) return file_error(path_, "write");
  std::fclose(std::exchange(file_, nullptr));
  return ok();
}

} // namespace ropewalk::cli
