#pragma once
// What the views say about the workflows and definitions of an org, as answers of the wire.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/request.hpp"

namespace ropewalk::storage {
class view_readers;
}

namespace ropewalk::actors {

// {"<field>":[…],"next_cursor"?,"view":{"lag"}}
std::string list_reply(std::string_view field, const std::vector<std::string>& objects,
                       const std::optional<std::string>& next_cursor, std::uint64_t lag);

// At once; the answer is given on a reader's thread, after the views have reached min_position.
void answer_across(storage::view_readers& views, std::string org, workflow::across what, std::uint64_t min_position,
                   std::shared_ptr<caller> from);

} // namespace ropewalk::actors
