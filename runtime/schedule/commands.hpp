#pragma once
// Everything that can be asked of one schedule, decoded and checked against the verb table, and what the
// runtime itself tells it.

#include <optional>
#include <string>
#include <variant>

#include "runtime/instant.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/schedule/spec.hpp"
#include "runtime/workflow/commands.hpp"

namespace ropewalk::schedule {

// ---- writes ----
enum class put_mode : std::uint8_t {
  apply,
  create,
  update
}; // create refuses one that is there, update one that is not
struct put {
  workflow::json_value document; // spec.hpp
  put_mode mode = put_mode::apply;
  std::optional<bool> paused; // absent: as it is
  std::string note;           // with paused
};
struct pause {
  std::string note;
};
struct unpause {
  std::string note;
};
struct trigger {                 // one start now, whatever the time and also if it is paused
  std::optional<overlap> policy; // absent: the schedule's
};
struct backfill { // the starts of times gone by, both ends included
  instant from, to;
  std::optional<overlap> policy;
};
struct remove {};
using write = std::variant<put, pause, unpause, trigger, backfill, remove>;

// ---- what only the runtime itself sends ----
struct wake {}; // wake_at() has passed
struct start_accepted {
  std::string workflow;
};
struct start_refused { // for good: what may pass is tried again by whoever starts it
  std::string workflow;
  workflow::run_error why;
};
struct workflow_ended {
  std::string workflow;
  workflow::child_end how = workflow::child_end::completed;
};
struct recover {}; // after a restart of its owner: what is outstanding is sent again

using command = std::variant<write, wake, start_accepted, start_refused, workflow_ended, recover>;

// ---- reads ----
struct get {
  std::uint32_t next = limits::schedule_next; // times that come
};

} // namespace ropewalk::schedule
