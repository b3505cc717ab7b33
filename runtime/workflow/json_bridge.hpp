#pragma once
// JSON as a tree, for what workflows change: state, input, results. Text from outside is read by json_text
// (strict, bounded) and copied into the tree; object keys are sorted, so that dump() is the same everywhere.
//
//   auto state = parse_json(bytes, {.max_bytes = limits::workflow_state_bytes});
//   if (auto fits = check_value(*state, limits::workflow_state_bytes, "state"); !fits) return fits.error();

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/json_text.hpp"
#include "runtime/result.hpp"

namespace ropewalk::workflow {

using json_value = nlohmann::json;

std::string_view type_name(const json_value& value) noexcept; // "an object", for messages

// Numbers written as integers stay integers where 64 bits hold them (signed if negative, else unsigned); all
// others become the nearest double.
json_value to_json(json_view view);
// Errors as json_document::parse.
result<json_value> parse_json(std::string_view text, const json_limits& bounds);

// The length of value.dump(), without making it. May stop as soon as it is more than `enough`.
std::size_t compact_bytes(const json_value& value, std::size_t enough = static_cast<std::size_t>(-1));
// Whether a container lies within more than `depth` containers, itself counted.
bool deeper_than(const json_value& value, std::uint32_t depth) noexcept;
// What a tree must be to be recorded and read back, also if a program made it: at most max_bytes when dumped
// (too_large), at most limits::json_depth deep, text in UTF-8 without NUL, finite numbers, no binary values.
// Errors name the place, beginning with `path`.
status_result check_value(const json_value& value, std::size_t max_bytes, std::string_view path);

} // namespace ropewalk::workflow
