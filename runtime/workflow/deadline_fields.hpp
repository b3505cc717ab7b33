#pragma once
// Deadlines as events and snapshots hold them.

#include "runtime/json_writer.hpp"
#include "runtime/workflow/events.hpp"
#include "runtime/workflow/record_fields.hpp"

namespace ropewalk::workflow {

inline void encode_deadlines(json_writer& out, const deadlines& due) {
  const auto field = [&out](std::string_view name, const std::optional<instant>& at) {
    if (at) out.field(name, at->us);
  };
  out.begin_object();
  field("attempt_us", due.attempt);
  field("total_us", due.total);
  field("start_us", due.start);
  field("heartbeat_us", due.heartbeat);
  field("timer_us", due.timer);
  out.end_object();
}

inline deadlines decode_deadlines(const json_value& object, record_fields& owner) {
  record_fields f{object};
  const deadlines due{f.optional_at("attempt_us"), f.optional_at("total_us"), f.optional_at("start_us"),
                      f.optional_at("heartbeat_us"), f.optional_at("timer_us")};
  if (f.failed()) owner.fail("deadlines");
  return due;
}

} // namespace ropewalk::workflow
