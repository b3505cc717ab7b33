#pragma once
// Time zones by name, from the system's files. One that was read is kept, and read again when its file changes,
// so that a node that runs for long follows new rules.
//
//   zone_files zones;                                   // of /usr/share/zoneinfo
//   result<schedule::shared_zone> z = zones.find("Europe/Berlin");

#include <sys/stat.h>

#include <map>
#include <mutex>
#include <string>

#include "runtime/schedule/machine.hpp"

namespace ropewalk::actors {

class zone_files {
public:
  explicit zone_files(std::string folder = "/usr/share/zoneinfo") : folder_(std::move(folder)) {}

  // errc::invalid for what is no name of a zone (is_time_zone_name: nothing leads out of the folder),
  // not_found if there is no such file, corrupt or unsupported for what is in it, unavailable if it cannot be
  // read. May be called by any thread; reads a few KiB.
  result<schedule::shared_zone> find(const std::string& name);
  // Those of these names that there are.
  schedule::facts find_all(const schedule::wanted_facts& wanted);

private:
  struct kept_zone {
    struct ::stat read_from;
    schedule::shared_zone zone;
  };

  const std::string folder_;
  std::mutex mutex_;
  std::map<std::string, kept_zone> kept_; // by what the folder holds: some hundred
};

} // namespace ropewalk::actors
