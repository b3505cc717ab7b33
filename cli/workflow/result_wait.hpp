#pragma once
// How an instance ended, waited for as long as wanted: through restarts of the node, and longer than one request may
// wait.

#include <chrono>
#include <optional>
#include <string>

#include "cli/session.hpp"

namespace ropewalk::cli {

// most: absent = without end; 0 = asked once. Errors: timeout "still_running", workflow_not_found, ...
result<reply_document> wait_for_result(session& s, const std::string& whole_id,
                                       std::optional<std::chrono::milliseconds> most);

// Shows it: people see how it ended and the state that came out. Code 0 only if it completed.
exit_code show_result(session& s, const std::string& id, const reply_document& reply);

} // namespace ropewalk::cli
