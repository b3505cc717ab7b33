#pragma once
// What happened to a schedule, as its entries record it. Type names and body fields are frozen; bodies are
// compact JSON, `_us` are microseconds since 1970:
//
//   configured  {"spec":{…},"pending_us"?}                            created or replaced
//   paused      {"note"}
//   unpaused    {"note","pending_us"?}
//   fired       {"scheduled_us","workflow","cause"?}                  the instance is to be started
//   buffered    {"scheduled_us","overlap","cause"?}                   it waits for those that run
//   skipped     {"scheduled_us","reason","cause"?,"last_us"?,"times"?}  of all times from scheduled_us to last_us
//   started     {"workflow"}
//   refused     {"workflow","code","message"}
//   ended       {"workflow","how"}
//   deleted     {}
//   noted       {"reply"}                                             the answer of a keyed command
//
// cause is "trigger" or "backfill"; none: the time. reason: "missed" (by more than the catch-up window),
// "overlap", "buffer_full", "replaced" (by a newer one), "running_limit". how: "completed", "failed",
// "cancelled", "terminated".
//
// pending_us: a time that had come and that jitter still delays; it is not passed over.
//
// A start is fired before its instance is started, so that it happens once whatever dies in between: the
// instance's id follows from the scheduled time.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/schedule/spec.hpp"

namespace ropewalk::schedule {

enum class start_cause : std::uint8_t { time, trigger, backfill };
enum class skip_reason : std::uint8_t { missed, overlap, buffer_full, replaced, running_limit };

struct configured {
  shared_spec spec;
  std::optional<instant> pending;
};
struct paused {
  std::string note;
};
struct unpaused {
  std::string note;
  std::optional<instant> pending;
};
struct fired {
  instant scheduled_at;
  std::string workflow;
  start_cause cause = start_cause::time;
};
struct buffered {
  instant scheduled_at;
  overlap policy = overlap::buffer_one;
  start_cause cause = start_cause::time;
};
struct skipped {
  instant scheduled_at;
  skip_reason reason = skip_reason::overlap;
  start_cause cause = start_cause::time;
  instant last; // = scheduled_at for one
  std::uint64_t times = 1;
};
struct started {
  std::string workflow;
};
struct refused {
  std::string workflow, code, message;
};
struct ended {
  std::string workflow;
  workflow::child_end how = workflow::child_end::completed;
};
struct deleted {};
struct noted {
  std::string reply;
};
using event =
    std::variant<configured, paused, unpaused, fired, buffered, skipped, started, refused, ended, deleted, noted>;

std::string_view name(start_cause cause) noexcept;
std::string_view name(skip_reason reason) noexcept;
std::optional<start_cause> cause_of(std::string_view name) noexcept;

std::string_view type_of(const event& e) noexcept;
std::string body_of(const event& e);
// errc::corrupt for an unknown type or a body that does not have its fields.
result<event> decode_event(std::string_view type, std::string_view body);
// A specification as it was recorded; errc::corrupt if it is none.
result<shared_spec> decode_spec(std::string_view json);

} // namespace ropewalk::schedule
