#pragma once
// What is asked about workflows beside the commands and reads of one instance (commands.hpp): answered from the
// journal, checkpoints and views, or by other entities.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "runtime/instant.hpp"
#include "runtime/limits.hpp"
#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

// ---- one instance ----
struct recorded_state {                  // by a checkpoint or a version; neither: the newest
  std::optional<std::string> checkpoint; // an id, or the beginning of one
  std::optional<std::uint64_t> version;
};
struct history { // events, oldest first
  std::uint64_t after_version = 0;
  std::uint32_t limit = limits::page_default;
  std::optional<std::uint64_t> offset; // instead: a piece of the first one's text from there on
};
struct list_checkpoints {           // newest first
  std::uint64_t before_version = 0; // 0 = from the newest on
  std::uint32_t limit = limits::page_default;
  bool verify = false; // says of each whether it verifies; reads all of it
};
struct state_at {
  recorded_state where; // of a checkpoint: what it says itself, or why it does not verify
  std::optional<std::uint64_t> offset; // a piece of its text from there on; absent: all of it
};
struct diff {
  std::optional<std::uint64_t> from; // version of this instance; absent: the newest
  std::optional<std::uint64_t> to;   // version of `other`, or of this one; absent: the newest
  std::optional<std::string> other;  // another instance
};
struct wait_result {
  std::uint32_t wait_s = 0;
}; // until the instance is over
struct branch_from {
  std::string to; // the new instance
  recorded_state at;
  json_value patch = json_value::object();
  std::optional<json_value> attributes; // absent: as those of the one it comes from
};
struct replay_from {
  recorded_state at; // neither: the beginning
  bool dry = true;
  std::string to; // the new instance that runs from there; "" if dry
};
using instance_query = std::variant<history, list_checkpoints, state_at, diff, wait_result, branch_from, replay_from>;

// ---- one definition (kind definition, id = its name) ----
struct define {
  std::string document; // compact, keys sorted; it was checked
  std::string name;
  std::optional<std::uint32_t> version; // absent: the one after the newest
};
struct get_definition {
  std::optional<std::uint32_t> version;
}; // absent: the newest
using definition_request = std::variant<define, get_definition>;

// ---- across an org (no single owner; answered from the views) ----
struct filter {
  std::optional<std::string> definition;
  std::optional<std::uint32_t> version;                // of the definition, which is given too
  std::optional<std::string> status;                   // name(instance_status)
  json_value attributes = json_value::object();        // each must be there and equal
  std::optional<instant> started_since, started_until; // the latter exclusive
  std::optional<instant> updated_since;
  std::optional<std::string> parent;        // id of the instance whose children they are
  std::optional<std::string> branched_from; // id of the instance that they were branched from
};
struct list {
  filter where;
  std::uint32_t limit = limits::page_default;
  std::optional<std::string> cursor; // opaque, checked by the views
};
struct count {
  filter where;
};
struct list_definitions {
  std::optional<std::string> name; // all versions of this one; absent: the newest of each
  std::uint32_t limit = limits::page_default;
  std::optional<std::string> cursor; // opaque, checked by the views
};
using across = std::variant<list, count, list_definitions>;

} // namespace ropewalk::workflow
