#pragma once
// The node's log: one line an event, to standard error, as text or as JSON. Never a message's content: only
// ids, numbers and reasons.
//
//   log_line(log_level::info, "journal opened", {{"entries", "42"}, {"partitions", "16"}});

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/result.hpp"

namespace ropewalk::actors {

enum class log_level { trace, debug, info, warn, error };
// field "log_level" for an unknown name.
result<log_level> parse_log_level(std::string_view name);

void set_up_log(log_level least, bool json, const std::string& node);

using log_field = std::pair<std::string_view, std::string>;
void log_line(log_level level, std::string_view what, std::initializer_list<log_field> fields = {});

} // namespace ropewalk::actors
