#include "runtime/utf8.hpp"

#include "runtime/byte_scan.hpp"

namespace ropewalk {

// Table 3-7 of the Unicode standard, row by row: the second byte's range depends on the first.
std::size_t utf8_character_bytes(const char* at, const char* end) noexcept {
  const auto left = static_cast<std::size_t>(end - at);
  if (left == 0) return 0;
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0; // a continuation, or an overlong form
  if (first < 0xE0) return left >= 2 && continues(1) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && byte(1) >= 0xA0) return 0; // surrogate
    return 3;
  }
  if (first > 0xF4 || left < 4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
  if (first == 0xF4 && byte(1) >= 0x90) return 0; // beyond U+10FFFF
  return 4;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

bool is_utf8(std::string_view bytes) noexcept {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while ((at = skip_ascii(at, end)) != end) {
    do {
      const std::size_t length = utf8_character_bytes(at, end);
      if (length == 0) return false;
      at += length;
    } while (at != end && static_cast<unsigned char>(*at) >= 0x80);
  }
  return true;
}

std::uint32_t estimate_tokens(std::string_view utf8) noexcept {
  std::uint32_t ascii = 0, others = 0; // characters beyond ASCII, counted by their first byte
  std::size_t at = 0;
  const auto count = [&](std::size_t end) {
    for (; at < end; ++at) {
      ascii += static_cast<unsigned char>(utf8[at]) < 0x80;
      others += static_cast<unsigned char>(utf8[at]) >= 0xC0;
    }
  };
  while (utf8.size() - at >= 8) {
    if ((byte_scan::load(utf8.data() + at) & byte_scan::high) != 0) {
      count(at + 8);
      continue;
    }
    ascii += 8;
    at += 8;
  }
  count(utf8.size());
  return ascii / 4 + (ascii % 4 != 0) + others;
}

bool has_control_characters(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) return true; // C1
  }
  return false;
}

} // namespace ropewalk
