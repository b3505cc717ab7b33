#pragma once
// What is asked across the schedules of an org: answered from the views, without a single owner.

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/limits.hpp"

namespace ropewalk::schedule {

struct filter {
  std::optional<bool> paused;
  std::optional<std::string> definition; // of the workflows that it starts
  std::optional<std::string> prefix;     // of the name
};
struct list { // by name
  filter where;
  std::uint32_t limit = limits::page_default;
  std::optional<std::string> cursor; // opaque, checked by the views
};

} // namespace ropewalk::schedule
