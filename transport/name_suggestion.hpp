#pragma once
// What a mistyped name was probably meant to be.

#include <span>
#include <string>
#include <string_view>

namespace ropewalk::transport {

// The known name with the smallest edit distance, if it is near enough to be worth saying; "" otherwise.
std::string_view nearest_name(std::string_view given, std::span<const std::string_view> known);

// `; did you mean "content"?`, or "".
std::string did_you_mean(std::string_view given, std::span<const std::string_view> known);

} // namespace ropewalk::transport
