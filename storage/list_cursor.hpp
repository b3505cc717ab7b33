#pragma once
// Cursors of lists: a mark of two characters that tells which list, and numbers in hex of fixed width.

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/result.hpp"

namespace ropewalk::storage {

inline error bad_list_cursor() { return invalid("cursor", "cursor must be a next_cursor that a list has given"); }

inline void append_hex(std::string& out, std::int64_t number, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += "0123456789abcdef"[static_cast<std::uint64_t>(number) >> shift & 15];
}

template <std::size_t N>
std::string encode_list_cursor(std::string_view mark, const std::array<std::int64_t, N>& numbers, int digits = 16) {
  std::string text(mark);
  for (const std::int64_t n : numbers) append_hex(text, n, digits);
  return text;
}

template <std::size_t N>
result<std::array<std::int64_t, N>> decode_list_cursor(std::string_view cursor, std::string_view mark,
                                                       std::size_t digits = 16) {
  std::array<std::int64_t, N> numbers{};
  if (!cursor.starts_with(mark) || cursor.size() != mark.size() + N * digits) return bad_list_cursor();
  for (std::size_t i = 0; i < N; ++i) {
    const char* const begin = cursor.data() + mark.size() + i * digits;
    std::uint64_t n = 0;
    const auto [end, code] = std::from_chars(begin, begin + digits, n, 16);
    if (code != std::errc{} || end != begin + digits || n > INT64_MAX) return bad_list_cursor();
    numbers[i] = static_cast<std::int64_t>(n);
  }
  return numbers;
}

} // namespace ropewalk::storage
