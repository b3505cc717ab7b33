#pragma once
// All events of an instance behind a version, page by page.

#include <cstdint>
#include <functional>
#include <string>

#include "cli/session.hpp"

namespace ropewalk::cli {

// Those that fit no reply: without their fields, or put together from pieces.
enum class large_events { as_they_come, whole };

// use: called for each event in order; false ends the reading. Answers the version of the instance, which is the last
// event's unless `use` ended it. Error: workflow_not_found, ...
result<std::uint64_t> read_history(session& s, const std::string& whole_id, std::uint64_t after_version,
                                   large_events large, const std::function<bool(json_view event)>& use);

} // namespace ropewalk::cli
