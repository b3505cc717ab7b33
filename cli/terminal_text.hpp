#pragma once
// Text that somebody else wrote, made harmless for a terminal.
//
// A message may hold escape sequences that clear the screen, set the window's title or answer into the
// shell's input, and bidirectional overrides that make text read as something else. None of these reaches
// the terminal as itself: it is shown as its escape (`\x1b`, `\u202e`), so that it can be seen (I9).

#include <cstddef>
#include <string>
#include <string_view>

namespace ropewalk::cli {

inline constexpr std::size_t unlimited_columns = static_cast<std::size_t>(-1);

// Terminal columns that one character takes: 0, 1 or 2.
unsigned columns_of(char32_t character) noexcept;
// Of text that is harmless already.
std::size_t columns_of(std::string_view harmless) noexcept;

// Whether a character could steer a terminal or hide text: C0, DEL, C1, bidirectional controls, zero-width
// and tag characters, line and paragraph separators.
bool is_steering(char32_t character) noexcept;

// One line: line breaks become "↵", tabs a space. What is wider than max_columns is cut and ends with "…".
// Bytes that are not UTF-8 become U+FFFD.
std::string one_line(std::string_view text, std::size_t max_columns = unlimited_columns);

// Line breaks stay; each line after the first begins with `indent`.
std::string many_lines(std::string_view text, std::string_view indent = {});

// JSON that means the same: what steers a terminal and may stand raw in JSON strings becomes \uXXXX.
std::string harmless_json(std::string_view json);

} // namespace ropewalk::cli
