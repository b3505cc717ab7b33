#pragma once
// Checked JSON written for people: indented JSON, and YAML. Numbers and strings stay as they came.

#include <string>

#include "runtime/json_text.hpp"

namespace ropewalk::cli {

std::string indented_json(json_view value); // two spaces a level, no line break at the end
std::string yaml_text(json_view value);     // a document with a line break at the end

} // namespace ropewalk::cli
