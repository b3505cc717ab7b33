#pragma once
// A tree as compact JSON: the bytes of value.dump(), in half the time. All that an instance records, signs and hands out
// is written this way, its whole state before every phase.

#include <cstddef>
#include <string>

#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

// Texts must be UTF-8 (check_value). expected: bytes that it will take; a large text that grows in steps is copied with
// each of them.
std::string compact_text(const json_value& value, std::size_t expected = 0);

} // namespace ropewalk::workflow
