#pragma once
// Whether one value keeps the bounds that its field has in the verb table.

#include <string>
#include <string_view>

#include "runtime/json_text.hpp"
#include "transport/verb_table.hpp"

namespace ropewalk::transport {

// path: where the value stands, for the error.
status_result check_value(const field_spec& spec, json_view value, const std::string& path);

} // namespace ropewalk::transport
