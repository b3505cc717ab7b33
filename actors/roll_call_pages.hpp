#pragma once
// Who is called by which roll call.

#include "actors/roll_call.hpp"

namespace ropewalk::actors {

class request_router;

// Instances that wait for somebody outside: what they handed out is sent again. The others come back with their timers and signals.
roll_call::page wake_outstanding_workflows(request_router& router);

// Those that wait for children, whose partitions came to new owners: the old ones may have died before they told of an end that was
// recorded.
roll_call::page ask_waited_for_children(request_router& router);

// Schedules for which times may come; they do not leave memory afterwards.
roll_call::page wake_expecting_schedules(request_router& router);

} // namespace ropewalk::actors
