#pragma once
// Templates: any JSON, in which {"$": "/pointer"} stands for a value of the state, inside a map's "do" also
// {"$item": "/pointer"} for one of the element and {"$index": true} for its index. "default" beside "$" or
// "$item" stands in for a missing value. {"$literal": any} is that value, not looked into.

#include <cstddef>
#include <optional>
#include <string>

#include "runtime/result.hpp"
#include "runtime/workflow/document_value.hpp"

namespace ropewalk::workflow {

enum class template_place : std::uint8_t { phase, map_element };

void check_template(const document_value& document, template_place place);

// Whether the template's value is only known when it is filled; else what it gives is of the template's own
// type.
bool is_reference(const json_value& document) noexcept;

struct template_scope {
  const json_value& state;
  const json_value* item = nullptr; // of a map
  std::size_t index = 0;
};

// The template must have been checked for the scope's place. Errors: type "missing_input" with the pointer as
// field; type "input_too_large" beyond limits::phase_input_bytes or limits::json_depth.
result<json_value> fill(const json_value& document, const template_scope& scope);

} // namespace ropewalk::workflow
