#pragma once
// A point in time as the journal records it: microseconds since 1970-01-01T00:00:00Z. The pure core never
// reads a clock; `now` arrives as an argument.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk {

struct instant {
  std::int64_t us = 0;
  friend auto operator<=>(const instant&, const instant&) = default;
};

// RFC 3339 UTC with six decimals: "2026-01-31T09:05:00.000001Z".
std::string to_rfc3339(instant t);
void append_rfc3339(std::string& out, instant t);
// Accepts RFC 3339 with 0 to 9 decimals and Z or an offset; years 1970 to 9999. Digits beyond
// microseconds are cut off.
result<instant> parse_rfc3339(std::string_view text);

} // namespace ropewalk
