#pragma once
// What can happen to a workflow instance, as it is recorded. The state is the fold of these (I11). Type names
// and body fields are frozen; bodies are compact JSON, instants are microseconds ("_us"):
//
//   started {"definition":{"name","version"},"document":{…},"input":{…},"attributes":{…},"deadline_us"?,
//                     "parent"?:{"workflow","run"},"depth"?,"branched_from"?:{"workflow","version","state":{a
//                     snapshot}}}
//   scheduled        {"run","line","phase","attempt","deadlines":{…},"index"?,"input_digest"?}    before it
//   is sent (I7) attempt_failed   {"run","attempt","code","message","retry_at_us"} completed
//   {"run","result","by"?}      failed {"run","code","message"} skipped          {"run","line","phase"}
//   cancelled {"run"} late_result      {"run","digest","from"} step_begun       {"run","step"} step_completed
//   {"run","step","result"} signalled        {"id","name","payload"}     signal_taken {"run","id"}
//   timer_fired      {"run","which"}             run 0: the instance's own; which: "sleep" "deadline"
//   "timeout" line_opened      {"line","run","branch"|"index"}              line_closed {"line"}
//   child_started    {"run","child"}             child_left {"run","child","how"}  it ended without a result
//   updated {"patch","reason"}   paused {"reason"}   resumed {}   cancel_requested {"reason"}   terminated
//   {"reason"} retried          {"reason","deadline_us"?}   a failed instance goes on where it failed
//   stopping         {"status","code","message"} something has to be undone or awaited before it ends
//   compensation_scheduled {"run","of","phase","attempt","deadlines","index"?}
//   compensation_completed {"run"}               compensation_failed {"run","code","message"}
//   crashed {"reason","restarts"}   unparked {}   checkpointed {"reason"}
//   ended            {"status","code","message"} noted {"reply":{…}}
//
//   deadlines = {"attempt_us"?,"total_us"?,"start_us"?,"heartbeat_us"?,"timer_us"?}   timer: a sleep's or a
//   wait's

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/result.hpp"
#include "runtime/workflow/commands.hpp"

namespace ropewalk::workflow {

// A definition as an instance keeps it.
struct pinned_definition {
  std::string document; // compact
  definition read;      // version is known
};
using shared_definition = std::shared_ptr<const pinned_definition>;

// Stored: values and names are frozen.
enum class instance_status : std::uint8_t {
  absent,
  running,
  paused,
  compensating,
  completed,
  failed,
  cancelled,
  terminated,
  crashed
};
std::string_view name(instance_status status) noexcept;
std::optional<instance_status> instance_status_of(std::string_view name) noexcept;
// Completed, failed, cancelled or terminated.
bool is_over(instance_status status) noexcept;
std::string_view name(child_end how) noexcept;

struct deadlines {
  std::optional<instant> attempt, total, start, heartbeat;
  std::optional<instant> timer; // a sleep's end, a wait's deadline
  friend bool operator==(const deadlines&, const deadlines&) = default;
};

struct branch_point {
  std::string workflow;
  std::uint64_t version = 0;
  friend bool operator==(const branch_point&, const branch_point&) = default;
};

struct started {
  shared_definition definition;
  json_value input, attributes;
  std::optional<instant> deadline;
  std::optional<parent_run> parent;
  std::optional<branch_point> branched_from;
  std::string base; // with branched_from: the other one's snapshot
  std::uint32_t depth = 0; // workflows above it; not known of those of before ADR 17
};
struct scheduled {
  std::uint64_t run = 0, line = 0;
  std::string phase;
  std::uint32_t attempt = 1;
  deadlines due;
  std::optional<std::uint64_t> index; // of a map's element
  std::string input_digest;           // of the first attempt; "" = none
};
struct attempt_failed {
  std::uint64_t run = 0;
  std::uint32_t attempt = 0;
  run_error why;
  instant retry_at;
};
struct completed {
  std::uint64_t run = 0;
  json_value result;
  std::string by;
};
struct failed {
  std::uint64_t run = 0;
  run_error why;
};
struct skipped {
  std::uint64_t run = 0, line = 0;
  std::string phase;
};
struct cancelled {
  std::uint64_t run = 0;
};
struct late_result {
  std::uint64_t run = 0;
  std::string digest, from;
};
struct step_begun {
  std::uint64_t run = 0;
  std::string step;
};
struct step_completed {
  std::uint64_t run = 0;
  std::string step;
  json_value result;
};
struct signalled {
  std::string id, name;
  json_value payload;
};
struct signal_taken {
  std::uint64_t run = 0;
  std::string id;
};
struct timer_fired {
  std::uint64_t run = 0;
  std::string which;
};
struct line_opened {
  std::uint64_t line = 0, run = 0;
  std::string branch;
  std::optional<std::uint64_t> index;
};
struct line_closed {
  std::uint64_t line = 0;
};
struct child_started {
  std::uint64_t run = 0;
  std::string child;
};
struct child_left {
  std::uint64_t run = 0;
  std::string child;
  child_end how = child_end::completed;
};
struct updated {
  json_value patch;
  std::string reason;
};
struct paused {
  std::string reason;
};
struct resumed {};
struct cancel_requested {
  std::string reason;
};
struct terminated {
  std::string reason;
};
struct retried {
  std::string reason;
  std::optional<instant> deadline;
};
struct stopping {
  instance_status status = instance_status::failed;
  run_error why;
};
struct compensation_scheduled {
  std::uint64_t run = 0, of = 0;
  std::string phase;
  std::uint32_t attempt = 1;
  deadlines due;
  std::optional<std::uint64_t> index;
};
struct compensation_completed {
  std::uint64_t run = 0;
};
struct compensation_failed {
  std::uint64_t run = 0;
  run_error why;
};
struct crashed {
  std::string reason;
  std::uint32_t restarts = 0;
};
struct unparked {};
struct checkpointed {
  std::string reason;
};
struct ended {
  instance_status status = instance_status::completed;
  run_error why;
};
struct noted {
  std::string reply;
};

using event = std::variant<started, scheduled, attempt_failed, completed, failed, skipped, cancelled, late_result,
                           step_begun, step_completed, signalled, signal_taken, timer_fired, line_opened, line_closed,
                           child_started, child_left, updated, paused, resumed, cancel_requested, terminated, retried,
                           stopping, compensation_scheduled, compensation_completed, compensation_failed, crashed,
                           unparked, checkpointed, ended, noted>;

std::string_view type_of(const event& e) noexcept;
std::string body_of(const event& e);
// errc::corrupt for an unknown type or a body that does not have its fields.
result<event> decode_event(std::string_view type, std::string_view body);

// Whether a checkpoint belongs to this event: before every phase, and on demand. A map's elements go with the
// checkpoint of the map, and compensations have none: neither changes the state (docs/workflows.md).
bool wants_checkpoint(const event& e) noexcept;

// Reads the document of a definition that was checked when it was defined, as that version. errc::corrupt
// otherwise.
result<shared_definition> pin_definition(const json_value& document, std::uint32_t version);

} // namespace ropewalk::workflow
