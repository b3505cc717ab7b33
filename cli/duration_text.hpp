#pragma once
// Durations and times as people write and read them.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"
#include "runtime/result.hpp"

namespace ropewalk::cli {

// "250ms", "5s", "10m", "2h", "7d"; a number alone is seconds. `field` names the option in the error.
result<std::chrono::milliseconds> parse_duration(std::string_view text, std::string_view field);

// How long until something is deleted, in seconds; 0 is never. Less than a second is an error, not "never".
result<std::int64_t> parse_ttl(std::string_view text, std::string_view field);

// An RFC 3339 time, a date ("2026-01-31": its first moment in UTC) or a duration: so long before now.
// Answered as RFC 3339.
result<std::string> parse_moment(std::string_view text, instant now, std::string_view field);

instant wall_clock() noexcept;

// "3s ago", "5 min ago", "2 h ago", then the date. "" stays "".
std::string how_long_ago(std::string_view rfc3339, instant now);
// "in 3s", "in 5m", "in 2h", then the date; "now" for what is past. "" stays "".
std::string in_how_long(std::string_view rfc3339, instant now);
// "2026-01-31 09:05:00"; "" stays "".
std::string short_time(std::string_view rfc3339);
std::string short_duration(std::int64_t seconds); // "3d 4h", "5m 10s"
std::string short_bytes(std::uint64_t bytes);     // "1.2 MiB"

} // namespace ropewalk::cli
