#pragma once
// The reply of `window`, from stored bytes: the same from the cache and from the views.

#include <optional>
#include <string>
#include <vector>

#include "actors/message_cache.hpp"
#include "runtime/result.hpp"
#include "runtime/thread/commands.hpp"

namespace ropewalk::actors {

// pinned: live system messages; tail: the newest messages, consecutive; both oldest first. nullopt: older
// messages than the tail's might still belong to the window.
result<std::optional<std::string>> window_reply(const std::vector<message_bytes>& pinned, const std::vector<message_bytes>& tail,
                                                bool tail_is_complete, const thread::read_window& what);

} // namespace ropewalk::actors
