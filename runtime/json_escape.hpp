#pragma once
// What the inside of a checked JSON string means, piece by piece and without a copy.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/utf8.hpp"

namespace ropewalk::json_escape {

// Four hexadecimal digits of either case; -1 if they are not.
inline std::int32_t hex4(const char* at) noexcept {
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// What a one-letter escape stands for; 0 if there is none of that letter.
inline char simple(char letter) noexcept {
  switch (letter) {
  case '"':
  case '\\':
  case '/': return letter;
  case 'b': return '\b';
  case 'f': return '\f';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  default: return 0;
  }
}

inline bool is_high_surrogate(std::int32_t unit) noexcept { return (unit & 0xFC00) == 0xD800; }
inline bool is_low_surrogate(std::int32_t unit) noexcept { return (unit & 0xFC00) == 0xDC00; }
inline std::uint32_t code_point(std::int32_t high, std::int32_t low) noexcept {
  return 0x10000 + (static_cast<std::uint32_t>(high & 0x3FF) << 10) + static_cast<std::uint32_t>(low & 0x3FF);
}

// Calls use(piece) for the unescaped text's pieces in order; stops when it says false.
// `inner` is the inside of a string that the reader has accepted.
template <class Use>
bool for_each_piece(std::string_view inner, Use use) {
  std::string character;
  while (!inner.empty()) {
    const std::size_t plain = std::min(inner.find('\\'), inner.size());
    if (plain != 0) {
      if (!use(inner.substr(0, plain))) return false;
      inner.remove_prefix(plain);
      continue;
    }
    character.clear();
    if (inner[1] != 'u') {
      character.push_back(simple(inner[1]));
      inner.remove_prefix(2);
    } else {
      const std::int32_t unit = hex4(inner.data() + 2);
      const bool pair = is_high_surrogate(unit);
      append_utf8(character, pair ? code_point(unit, hex4(inner.data() + 8)) : static_cast<std::uint32_t>(unit));
      inner.remove_prefix(pair ? 12 : 6);
    }
    if (!use(std::string_view(character))) return false;
  }
  return true;
}

inline std::string unescape(std::string_view inner) {
  std::string text;
  text.reserve(inner.size());
  for_each_piece(inner, [&text](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

// Whether the string with that inside spells `text`.
inline bool equals(std::string_view inner, std::string_view text) noexcept {
  const bool prefix = for_each_piece(inner, [&text](std::string_view piece) {
    if (!text.starts_with(piece)) return false;
    text.remove_prefix(piece.size());
    return true;
  });
  return prefix && text.empty();
}

} // namespace ropewalk::json_escape
