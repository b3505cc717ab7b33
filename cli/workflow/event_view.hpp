#pragma once
// Events of an instance (docs/wire.md) for people, one a line.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

// Only the first event of a run names its phase; the ones that follow are shown with it.
class event_rows {
public:
  static const std::vector<column>& columns();
  row operator()(json_view event);

private:
  std::map<std::int64_t, std::string> phases_; // of runs that are not over
};

} // namespace ropewalk::cli
