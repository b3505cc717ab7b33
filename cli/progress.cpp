#include "cli/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "cli/terminal.hpp"

namespace ropewalk::cli {

progress::progress(std::string what, std::uint64_t total, std::string unit)
    : what_(std::move(what)), unit_(std::move(unit)), total_(total), shown_(is_terminal(stderr)), begun_(clock::now()) {
}

progress::~progress() { clear(); }

void progress::clear() {
  if (shown_ && drawn_ != clock::time_point{}) std::fputs("\r\x1b[K", stderr);
  drawn_ = {};
}

void progress::at(std::uint64_t done) {
  if (!shown_) return;
  const auto now = clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100) && done != total_) return;
  drawn_ = now;
  const std::string line = progress_line(what_, unit_, done, total_,
                                         std::chrono::duration<double>(now - begun_).count(), terminal_columns());
  std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
  std::fflush(stderr);
}

std::string progress_line(const std::string& what, const std::string& unit, std::uint64_t done, std::uint64_t total,
                          double seconds, unsigned columns) {
  std::string end = seconds >= 1 ? fmt::format("  {:.0f}/s", static_cast<double>(done) / seconds) : "";
  if (total == 0) return fmt::format("{}  {} {}{}", what, done, unit, end);
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const std::string numbers = fmt::format("{} of {} {}  {:.0f}%{}", done, total, unit, 100 * share, end);
  const std::size_t used = what.size() + numbers.size() + 7;
  if (used + 10 > columns) return fmt::format("{}  {}", what, numbers);
  const std::size_t bar = std::min<std::size_t>(40, columns - used);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(bar));
  return fmt::format("{}  [{}{}]  {}", what, std::string(full, '#'), std::string(bar - full, '.'), numbers);
}

} // namespace ropewalk::cli
