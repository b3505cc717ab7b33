#pragma once
// After a start: wakes the instances that wait for somebody outside, so that what they handed out is sent again. The
// others come back with their timers and signals.

#include <cstdint>

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

class request_router;

// At once; goes on by itself in the background. Ends early when the readers are stopped.
void recover_workflows(storage::view_readers& views, request_router& router, std::uint64_t min_position);

// The same for those that wait for children, whose partitions came to new owners: the old ones may have died before they told of an
// end that was recorded.
void ask_children_again(storage::view_readers& views, request_router& router, std::uint64_t min_position);

} // namespace ropewalk::actors
