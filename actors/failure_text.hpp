#pragma once
// What a command or a function says went wrong, as the message of an error: at most limits::error_message_bytes of
// UTF-8, harmless for terminals, its lines kept.

#include <string>
#include <string_view>

namespace ropewalk::actors {

enum class kept_part { beginning, end };
std::string failure_text(std::string_view said, kept_part part);

} // namespace ropewalk::actors
