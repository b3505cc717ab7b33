#pragma once
// What the workers of a storm wrote down (storm_worker.py, and the command `note`), and what it says about runs.
//
//   storm_log log(read_file(path));
//   CHECK(log.violations() == std::vector<std::string>{});

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::tests {

class storm_log {
public:
  using run_key = std::pair<std::string, std::uint64_t>; // workflow, run

  explicit storm_log(std::string_view text);

  // What was done for a run, in order: the ids of `do` and `exec`.
  std::vector<std::string> done(const run_key& run) const;
  // Runs that were done again after a record of them was acknowledged.
  const std::vector<std::string>& violations() const noexcept { return violations_; }
  std::size_t times() const noexcept { return times_; } // that anything was done

private:
  std::map<run_key, std::vector<std::string>> done_;
  std::vector<std::string> violations_;
  std::size_t times_ = 0;
};

} // namespace ropewalk::tests
