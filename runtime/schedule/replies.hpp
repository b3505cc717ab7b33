#pragma once
// A schedule as the wire shows it:
//
//   {"name","org","status":"active"|"paused"|"finished","note"?,"spec":{…},"next":[…]?,
//    "running_count","waiting_count",
//    "running":[{"workflow","scheduled_time","cause"?,"started","stopping"?}],
//    "waiting":[{"scheduled_time","cause"?,"overlap"}],
//    "recent":[{"workflow","scheduled_time","status","ended_at","error"?:{"code","message"}}],
//    "runs","asked","skipped","missed","version","created_at","updated_at"}
//
// next: when the coming starts are due, jitter included, empty while it is paused; left out if the time zone
// is not known. finished: none will come. running and waiting: the oldest limits::schedule_shown; recent:
// newest first.

#include <string>

#include "runtime/result.hpp"
#include "runtime/schedule/limits.hpp"
#include "runtime/schedule/machine.hpp"

namespace ropewalk::schedule {

// The schedule must be there. zone: null if it is not known.
std::string render_schedule(const entity_key& who, const schedule_instance& s, const time_zone* zone,
                            std::uint32_t next = limits::schedule_next);
// {"schedule":{…}}; not_found "schedule_not_found".
result<std::string> read_reply(const entity_key& who, const schedule_instance& s, const time_zone* zone,
                               const get& what = {});
// As one of a list: {"name","org","status","note"?,"definition","overlap","time_zone","next"?,"running_count",
// "waiting_count","latest":[{"workflow","scheduled_time","status"}],"runs","asked","skipped","missed","version",
// "created_at","updated_at"}, next: the first; latest: newest first, at most limits::schedule_latest.
std::string render_listed(const entity_key& who, const schedule_instance& s, const time_zone* zone);

} // namespace ropewalk::schedule
