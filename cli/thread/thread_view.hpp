#pragma once
// A thread object (docs/wire.md) for people.

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::cli {

detail_lines thread_lines(json_view thread);
// Of reply["thread"].
detail_lines thread_lines_of(json_view reply);

const std::vector<column>& thread_columns();
row thread_row(json_view thread);

} // namespace ropewalk::cli
