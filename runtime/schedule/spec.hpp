#pragma once
// What a schedule is to do, as a document:
//
//   {"cron":["30 2 * * *"],"time_zone":"Europe/Berlin",             or "every":"15m","offset":"5m" (by UTC)
//    "workflow":{"definition":"report","version":3,"input":{…},"attributes":{…},"id":"{schedule}-{time}"},
//    "overlap":"skip","catch_up_window":"1m","jitter":"30s","ends_at":"2027-01-01T00:00:00Z","max_runs":100}
//
// Required: one of cron (a string or a list) and every, and workflow.definition. The id's {time} is the
// scheduled time in the basic form of RFC 3339: 20260131T023000Z, with a fraction
// 20260131T023000_000001Z, so that the id is a subject's token as it is.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"
#include "runtime/schedule/timetable.hpp"
#include "runtime/workflow/commands.hpp"

namespace ropewalk::schedule {

// If an instance that the schedule started still runs when another one is due.
enum class overlap : std::uint8_t {
  skip,            // none is started
  buffer_one,      // one waits, further ones are skipped
  buffer_all,      // they wait, up to limits::schedule_buffer
  cancel_other,    // the running ones are cancelled; the newest start waits until they are over
  terminate_other, // likewise, terminated
  allow_all        // side by side, up to limits::schedule_running
};
std::string_view name(overlap policy) noexcept;
std::optional<overlap> overlap_of(std::string_view name) noexcept;

struct schedule_spec {
  std::string document; // compact, keys sorted, without a name
  timetable times;
  std::string time_zone = "UTC";
  workflow::start start; // with the schedule's own attributes missing
  std::string id_template = "{schedule}-{time}";
  overlap policy = overlap::skip;
  std::int64_t catch_up_us = 60'000'000; // how late a missed start may still be made up
  std::int64_t jitter_us = 0;
  std::optional<std::uint64_t> max_runs; // starts by time; those asked for do not count
};
using shared_spec = std::shared_ptr<const schedule_spec>;

// errc::invalid with the field's path below `path` and its rule. The document's "name", if any, must be that
// of the schedule. Whether the time zone exists is for whoever reads zones.
result<schedule_spec> read_spec(std::string_view schedule, const workflow::json_value& document, std::string_view path);

// The instance's id for that scheduled time; at most limits::id_bytes.
std::string instance_id(const schedule_spec& spec, std::string_view schedule, instant scheduled_at);
// The start of that instance, idempotent, with the attributes "schedule" and "scheduled_time".
workflow::start start_at(const schedule_spec& spec, std::string_view schedule, instant scheduled_at);

// When a nominal time is really due: up to jitter_us later, the same for the same schedule and time, never
// as late as the next one.
instant due_at(const schedule_spec& spec, std::string_view schedule, instant nominal, const time_zone& zone);
// The nominal time that has come by now and is not due yet, if there is one: there are never two.
std::optional<instant> pending_at(const schedule_spec& spec, std::string_view schedule, instant now,
                                  const time_zone& zone);
// Whether both have the same nominal times, an end aside.
bool same_times(const schedule_spec& a, const schedule_spec& b);

} // namespace ropewalk::schedule
