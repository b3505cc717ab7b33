#pragma once
// Where recorded time stands, for the next process: the file `clock.json` of a data directory.
//
//   {"format":1,"boot":"12be3647-e87d-4622-95cc-f728764b15cf","elapsed_us":…,"told_us":…,"begun_us":…}
//
// elapsed_us counts from the machine's boot, so the file means something during that boot alone, and what is
// written need not reach the disk: it is replaced by rename, a process that dies leaves the old or the new one.
// Without it the system's clock is believed; to remove it is how an operator asks for that.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "runtime/result.hpp"
#include "runtime/smooth_clock.hpp"

namespace ropewalk::storage {

class clock_file {
public:
  // boot: the id of this boot; "" where it is not known: nothing is found, nothing is kept.
  explicit clock_file(std::filesystem::path file, std::string boot = machine_boot());

  // nullopt: nothing from this boot, or from a moment that is yet to come. Errors: corrupt "corrupt_record",
  // unavailable.
  result<std::optional<clock_mark>> find(std::int64_t elapsed_us) const;
  // Writes if a restart would go on otherwise by a tenth of a second or more.
  status_result keep(const clock_mark& now);

  static std::string machine_boot(); // of Linux; "" where it cannot be read

private:
  const std::filesystem::path file_;
  const std::string boot_;
  std::optional<clock_mark> kept_;
};

} // namespace ropewalk::storage
