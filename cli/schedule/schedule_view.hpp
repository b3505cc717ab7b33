#pragma once
// Schedules as people see them.

#include <string>
#include <string_view>
#include <vector>

#include "cli/session.hpp"
#include "runtime/instant.hpp"

namespace ropewalk::cli {

// Of a list.
const std::vector<column>& schedule_columns();
row schedule_row(json_view schedule);

// {"schedule":{…}}: what it is to do, when it fires, and its starts.
void show_schedule(output& out, json_view reply, instant now);

// "30 2 * * 1-5 Europe/Berlin", "every 15m", of a specification.
std::string when_text(json_view spec);

// A verb that changes the schedule and answers it.
result<exit_code> change_schedule_and_show(session& s, const std::string& name, std::string_view verb,
                                           const std::string& body, const std::string& key);

} // namespace ropewalk::cli
