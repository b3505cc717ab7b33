#pragma once
// JSON pointers (RFC 6901): "" is the whole, "/a/0" the first element of a, "~1" a slash and "~0" a tilde in
// a name. An array's elements are "0", "1", ... without leading zeros.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

bool is_json_pointer(std::string_view text) noexcept;

// Takes the next token off `pointer`, which is one and not empty, and unescapes it.
std::string next_token(std::string_view& pointer);
// The element that a token names: "0" to "18446744073709551615".
std::optional<std::size_t> array_index(std::string_view token) noexcept;

// The value there; nullptr if there is none. `pointer` must be one.
const json_value* find_at(const json_value& root, std::string_view pointer);

} // namespace ropewalk::workflow
