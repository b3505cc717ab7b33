#include "storage/clock_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/json_fields.hpp"
#include "runtime/json_writer.hpp"

namespace ropewalk::storage {
namespace {

constexpr std::int64_t worth_writing_us = 100'000;
constexpr json_limits clock_file_limits{.max_bytes = 4096, .max_depth = 4, .max_values = 64};
constexpr std::int64_t latest_told_us = 253'402'300'799'999'999; // the end of 9999, as an RFC 3339 time has it

error clock_file_error(const char* what, const std::filesystem::path& file) {
  return {errc::unavailable,
          "clock_file",
          std::string("cannot ") + what + ' ' + file.string() + ": " + std::strerror(errno),
          {}};
}

struct kept_clock {
  std::string boot;
  clock_mark mark;
};

result<kept_clock> read_kept_clock(std::string_view text) {
  const auto document = json_document::parse(text, clock_file_limits);
  if (!document) return error{errc::corrupt, "corrupt_record", "it is not JSON: " + document.error().detail, {}};
  record_reader fields{document->root()};
  if (fields.number("format") != 1) fields.fail("format");
  kept_clock read{fields.text("boot"),
                  {{static_cast<std::int64_t>(fields.number("told_us"))},
                   static_cast<std::int64_t>(fields.number("elapsed_us")),
                   static_cast<std::int64_t>(fields.number("begun_us"))}};
  if (read.mark.told.us > latest_told_us) fields.fail("told_us");
  if (read.mark.begun_us > read.mark.elapsed_us) fields.fail("begun_us");
  if (fields.failed()) return fields.error();
  return read;
}

} // namespace

clock_file::clock_file(std::filesystem::path file, std::string boot) : file_(std::move(file)), boot_(std::move(boot)) {}

std::string clock_file::machine_boot() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(in, boot);
  return boot;
}

result<std::optional<clock_mark>> clock_file::find(std::int64_t elapsed_us) const {
  const int file = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) return std::optional<clock_mark>{};
  if (file < 0) return clock_file_error("open", file_);
  std::string text(clock_file_limits.max_bytes + 1, '\0');
  const ssize_t size = ::read(file, text.data(), text.size());
  ::close(file);
  if (size < 0) return clock_file_error("read", file_);
  text.resize(static_cast<std::size_t>(size));
  auto read = read_kept_clock(text);
  if (!read) return read.error();
  const clock_mark& mark = read->mark;
  // A moment that is yet to come: the same boot by its id, another count of elapsed time (a container moved).
  if (boot_.empty() || read->boot != boot_ || mark.elapsed_us > elapsed_us) return std::optional<clock_mark>{};
  return std::optional(mark);
}

status_result clock_file::keep(const clock_mark& now) {
  if (boot_.empty()) return ok();
  if (kept_ && kept_->begun_us == now.begun_us && std::llabs(kept_->offset_us() - now.offset_us()) < worth_writing_us)
    return ok();
  json_writer text;
  text.begin_object().field("format", 1).field("boot", boot_).field("elapsed_us", now.elapsed_us);
  text.field("told_us", now.told.us).field("begun_us", now.begun_us).end_object();
  const std::string line = std::move(text).take() + '\n';
  const auto beside = file_.string() + ".new"; // one process has the directory
  const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return clock_file_error("write", file_);
  const ssize_t written = ::write(file, line.data(), line.size());
  if (written >= 0 && written < static_cast<ssize_t>(line.size())) errno = ENOSPC;
  const bool whole = written == static_cast<ssize_t>(line.size());
  const int reason = errno;
  ::close(file);
  errno = reason;
  if (!whole || ::rename(beside.c_str(), file_.c_str()) != 0) return clock_file_error("write", file_);
  kept_ = now;
  return ok();
}

} // namespace ropewalk::storage
