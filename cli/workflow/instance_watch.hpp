#pragma once
// Looks at an instance now, and again whenever it changed.
//
// The subscription to its live events begins before the first look, and events only say when to look: a look that
// reads is the truth. So nothing is missed, whatever happens to events; besides, it looks every 2 seconds, for what
// changes without an event (a worker's progress, a clock).

#include <functional>
#include <string>

#include "cli/session.hpp"

namespace ropewalk::cli {

// look: true when there is nothing more to wait for. An error that may pass (the node restarts) is told once and waited
// out, except in the first look. At most ten looks a second.
result<exit_code> watch_instance(session& s, const std::string& whole_id, const std::function<result<bool>()>& look);

} // namespace ropewalk::cli
