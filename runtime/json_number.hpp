#pragma once
// Which JSON numbers a double can hold.

#include <cstddef>
#include <string_view>

namespace ropewalk {

inline constexpr std::size_t double_digits = 308; // a number without exponent overflows only beyond so many

// The text follows JSON's grammar for numbers. One that is merely too close to zero does not overflow.
bool overflows_double(std::string_view number) noexcept;

} // namespace ropewalk
