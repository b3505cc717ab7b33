#include "cli/terminal_text.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "runtime/utf8.hpp"

namespace ropewalk::cli {
namespace {

struct span_of_characters {
  char32_t first, last;
};

// East Asian Wide and Fullwidth, and emoji (Unicode 15, EastAsianWidth.txt), whole blocks: a column too many
// costs nothing, one too few breaks a table.
constexpr span_of_characters wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x23F0, 0x23F0},
    {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},
    {0x2693, 0x2693},   {0x26A1, 0x26A1},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},
    {0x26CE, 0x26CE},   {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
    {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},
    {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27B0, 0x27B0},   {0x27BF, 0x27BF},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},
    {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1AFF0, 0x1B2FF}, {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};
// Combining marks and variation selectors that occur in practice.
constexpr span_of_characters zero[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x06D6, 0x06DC}, {0x0900, 0x0902}, {0x093C, 0x093C}, {0x0941, 0x0948}, {0x094D, 0x094D},
    {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};
constexpr span_of_characters steering[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x061C, 0x061C},   {0x115F, 0x1160},
    {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},   {0x3164, 0x3164},
    {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};
constexpr unsigned most_marks = 4; // combining marks on one character; more of them paint over other lines

template <std::size_t N>
bool within(const span_of_characters (&spans)[N], char32_t c) noexcept {
  const auto* at = std::upper_bound(std::begin(spans), std::end(spans), c,
                                    [](char32_t v, const span_of_characters& s) { return v < s.first; });
  return at != std::begin(spans) && c <= std::prev(at)->last;
}

char32_t decode(std::string_view character) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
  case 1: return byte(0);
  case 2: return static_cast<char32_t>((byte(0) & 0x1F) << 6 | (byte(1) & 0x3F));
  case 3: return static_cast<char32_t>((byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F));
  default:
    return static_cast<char32_t>((byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
                                 (byte(3) & 0x3F));
  }
}

// Calls use(character's bytes, code point) in order; "" and U+FFFD for a byte that is none.
template <class Use>
void for_each_character(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t n = utf8_character_bytes(text.data(), text.data() + text.size());
    const std::string_view bytes = n == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, n);
    text.remove_prefix(n == 0 ? 1 : n);
    if (!use(bytes, decode(bytes))) return;
  }
}

std::string escape_of(char32_t c) {
  if (c < 0x80) return fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  if (c < 0x10000) return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  return fmt::format("\\U{:08x}", static_cast<unsigned>(c));
}

std::string json_escape_of(char32_t c) {
  if (c < 0x10000) return fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  const unsigned rest = static_cast<unsigned>(c) - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

// Appends pieces until the columns are used up; keeps where to cut for the ellipsis.
class cut_line {
public:
  explicit cut_line(std::size_t most) : most_(most) {}

  bool add(std::string_view piece, std::size_t columns) {
    if (most_ != unlimited_columns) {
      if (used_ + columns > most_) {
        text_.resize(cut_);
        if (most_ > 0) text_ += "…";
        return false;
      }
      if (used_ + columns < most_) cut_ = text_.size() + piece.size();
    }
    text_ += piece;
    used_ += columns;
    return true;
  }
  std::string take() && { return std::move(text_); }

private:
  std::size_t most_, used_ = 0, cut_ = 0;
  std::string text_;
};

} // namespace

unsigned columns_of(char32_t c) noexcept {
  if (c < 0x300) return 1;
  return within(zero, c) ? 0 : within(wide, c) ? 2 : 1;
}

std::size_t columns_of(std::string_view harmless) noexcept {
  std::size_t columns = 0;
  for_each_character(harmless, [&](std::string_view, char32_t c) {
    columns += columns_of(c);
    return true;
  });
  return columns;
}

bool is_steering(char32_t c) noexcept { return within(steering, c); }

std::string one_line(std::string_view text, std::size_t max_columns) {
  cut_line line(max_columns);
  unsigned marks = 0;
  for_each_character(text, [&](std::string_view bytes, char32_t c) {
    if (c == '\n') return line.add("↵", 1);
    if (c == '\t') return line.add(" ", 1);
    const unsigned columns = columns_of(c);
    marks = columns == 0 ? marks + 1 : 0;
    if (is_steering(c) || marks > most_marks) {
      const std::string escape = escape_of(c);
      return line.add(escape, escape.size());
    }
    return line.add(bytes, columns);
  });
  return std::move(line).take();
}

std::string many_lines(std::string_view text, std::string_view indent) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += one_line(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
    out += '\n';
    out += indent;
  }
}

std::string harmless_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for_each_character(json, [&](std::string_view bytes, char32_t c) {
    if (c >= 0x7F && is_steering(c)) out += json_escape_of(c);
    else out += bytes;
    return true;
  });
  return out;
}

} // namespace ropewalk::cli
