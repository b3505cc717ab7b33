#include "runtime/json_number.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace ropewalk {
namespace {

// Whether a number that a double cannot hold is too large, and not merely too close to zero: its decimal
// magnitude is positive. `text` follows the grammar.
bool is_huge(std::string_view text) noexcept {
  std::int64_t magnitude = 0;
  bool point = false, leading = true;
  std::size_t i = text.front() == '-' ? 1 : 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    leading = leading && text[i] == '0';
    if (leading) magnitude -= point;
    else magnitude += !point;
  }
  if (i == text.size()) return magnitude > 0;
  const bool negative = text[++i] == '-';
  i += negative || text[i] == '+';
  std::int64_t exponent = 0;
  const auto parsed = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
  if (parsed.ec != std::errc{}) return !negative; // beyond 64 bits
  return magnitude > (negative ? exponent : -exponent);
}

} // namespace

bool overflows_double(std::string_view number) noexcept {
  double ignored = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), ignored);
  return parsed.ec != std::errc{} && is_huge(number);
}

} // namespace ropewalk
