#pragma once
// How far long work is, on standard error, and only if that is a terminal. Redrawn in place, at most ten
// times a second; the line is gone when the object is, or after clear().
//
//   progress p("importing", total);     // 0: the end is not known
//   p.at(done);

#include <chrono>
#include <cstdint>
#include <string>

namespace ropewalk::cli {

class progress {
public:
  progress(std::string what, std::uint64_t total, std::string unit = "messages");
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void at(std::uint64_t done);
  void clear(); // before something else is written
  void total(std::uint64_t all) noexcept { total_ = all; }

private:
  using clock = std::chrono::steady_clock;
  std::string what_, unit_;
  std::uint64_t total_;
  bool shown_;
  clock::time_point begun_, drawn_{};
};

// "importing  [#########.........]  512 of 1024 messages  50%  1024/s"; fits into `columns`.
std::string progress_line(const std::string& what, const std::string& unit, std::uint64_t done, std::uint64_t total,
                          double seconds, unsigned columns);

} // namespace ropewalk::cli
