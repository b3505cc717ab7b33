#pragma once
// What the views say about the workflows and definitions of an org, as answers of the wire.

#include <memory>
#include <string>

#include "actors/request.hpp"

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

// At once; the answer is given on a reader's thread, after the views have reached min_position.
void answer_across(storage::view_readers& views, std::string org, workflow::across what, std::uint64_t min_position,
                   std::shared_ptr<caller> from);

} // namespace ropewalk::actors
