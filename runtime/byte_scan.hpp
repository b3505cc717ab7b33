#pragma once
// Runs of harmless bytes, eight at a time. Most bytes of a request are plain text inside strings; this is
// what makes reading and writing them cheap.
//
// The word tricks are the classic ones (Bit Twiddling Hacks, "determine if a word has a byte less than n"):
// a borrow can only mark a byte above one that is really marked, so the lowest mark is always right.

#include <bit>
#include <cstdint>
#include <cstring>

namespace ropewalk {

namespace byte_scan {
inline constexpr std::uint64_t each = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t high = 0x8080'8080'8080'8080;

inline std::uint64_t load(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
inline std::uint64_t zero_bytes(std::uint64_t word) noexcept { return (word - each) & ~word & high; }
inline std::uint64_t below_space(std::uint64_t word) noexcept { return (word - each * 0x20) & ~word & high; }
inline std::uint64_t quotes(std::uint64_t word) noexcept {
  return zero_bytes(word ^ each * '"') | zero_bytes(word ^ each * '\\');
}

// First byte in [at, end) for which Marks or Is says so.
template <class Marks, class Is>
const char* find(const char* at, const char* end, Marks marks, Is is) noexcept {
  while (end - at >= 8) {
    if (const std::uint64_t found = marks(load(at))) {
      if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(found) / 8;
      break;
    }
    at += 8;
  }
  while (at != end && !is(static_cast<unsigned char>(*at))) ++at;
  return at;
}
} // namespace byte_scan

// Skips ASCII.
inline const char* skip_ascii(const char* at, const char* end) noexcept {
  return byte_scan::find(
      at, end, [](std::uint64_t word) { return word & byte_scan::high; }, [](unsigned char c) { return c >= 0x80; });
}

// Skips what a JSON string holds as it is: ASCII but for the quote, the backslash and control characters.
inline const char* skip_plain_ascii(const char* at, const char* end) noexcept {
  return byte_scan::find(
      at, end,
      [](std::uint64_t word) {
        return (word & byte_scan::high) | byte_scan::below_space(word) | byte_scan::quotes(word);
      },
      [](unsigned char c) { return c < 0x20 || c >= 0x80 || c == '"' || c == '\\'; });
}

// Skips what needs no escape when a JSON string is written: as above, and all bytes beyond ASCII.
inline const char* skip_unescaped(const char* at, const char* end) noexcept {
  return byte_scan::find(
      at, end, [](std::uint64_t word) { return byte_scan::below_space(word) | byte_scan::quotes(word); },
      [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; });
}

} // namespace ropewalk
