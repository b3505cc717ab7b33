#pragma once
// Text from outside: validity and counting.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ropewalk {

// Bytes of the well-formed character that begins at `at`, 0 if there is none before `end`.
std::size_t utf8_character_bytes(const char* at, const char* end) noexcept;
// Appends one code point; it must be no surrogate and at most U+10FFFF.
void append_utf8(std::string& out, std::uint32_t code_point);

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view bytes) noexcept;
// C0 or C1 control characters or DEL, which no single-line text may have; the bytes are UTF-8.
bool has_control_characters(std::string_view utf8) noexcept;
// A documented estimate of a model's tokens for a text: one for each 4 ASCII characters (rounded up) plus
// one for each character outside ASCII. Real tokenizers differ by model; a client that knows better sends
// the message's own count.
std::uint32_t estimate_tokens(std::string_view utf8) noexcept;

} // namespace ropewalk
