#pragma once
// Durations as definitions write them: whole numbers with a unit, larger units first: "250ms", "30s",
// "1h30m", "7d". Units: d h m s ms.

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::workflow {

// Microseconds, 1 ms to limits::duration_max_us. The error is invalid with that field.
result<std::int64_t> parse_duration(std::string_view text, std::string_view field);

// The shortest text that parse_duration reads as the same; what is below a millisecond is cut off, 0 is
// "0ms".
std::string print_duration(std::int64_t us);

} // namespace ropewalk::workflow
