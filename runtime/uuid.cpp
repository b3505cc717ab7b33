#include "runtime/uuid.hpp"

namespace ropewalk {
namespace {

constexpr std::size_t text_length = 36;
constexpr std::uint64_t version_7 = 0x7000;
constexpr std::uint64_t variant = std::uint64_t{0b10} << 62;

constexpr bool hyphen_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// The two halves as 8-4-4-4-12 lower-case digits.
std::string spell(std::uint64_t high, std::uint64_t low) {
  std::string text(text_length, '-');
  int shift = 60;
  for (std::size_t i = 0; i < text_length; ++i) {
    if (hyphen_at(i)) continue;
    const std::uint64_t half = i < 19 ? high : low;
    text[i] = "0123456789abcdef"[half >> shift & 15];
    shift = shift == 0 ? 60 : shift - 4;
  }
  return text;
}

std::uint64_t milliseconds(instant now) {
  const std::int64_t ms = now.us < 0 ? 0 : now.us / 1000;
  return static_cast<std::uint64_t>(ms) & 0xFFFF'FFFF'FFFF;
}

std::uint64_t high_half(instant now, std::uint64_t random) {
  return milliseconds(now) << 16 | version_7 | (random & 0xFFF);
}

constexpr int lower_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

} // namespace

std::string make_uuid7(instant now, std::uint64_t entropy_a, std::uint64_t entropy_b) {
  return spell(high_half(now, entropy_a), variant | (entropy_b & (~std::uint64_t{0} >> 2)));
}

std::string make_message_id(instant now, std::uint64_t entropy, std::uint32_t seq) {
  const std::uint64_t random_30 = entropy >> 12 & 0x3FFF'FFFF;
  return spell(high_half(now, entropy), variant | random_30 << 32 | seq);
}

std::optional<std::uint32_t> seq_of_message_id(std::string_view id) noexcept {
  if (id.size() != text_length) return std::nullopt;
  std::uint32_t last = 0; // the last eight digits stay in it
  for (std::size_t i = 0; i < text_length; ++i) {
    if (hyphen_at(i)) {
      if (id[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = lower_digit(id[i]);
    if (digit < 0) return std::nullopt;
    last = last << 4 | static_cast<std::uint32_t>(digit);
  }
  const bool version_and_variant = id[14] == '7' && (lower_digit(id[19]) & 0b1100) == 0b1000;
  return version_and_variant ? std::optional(last) : std::nullopt;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != text_length) return false;
  for (std::size_t i = 0; i < text_length; ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (hyphen_at(i) ? c != '-' : lower_digit(c) < 0) return false;
  }
  return true;
}

} // namespace ropewalk
