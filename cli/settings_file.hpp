#pragma once
// Defaults for options, from a TOML file. Keys are the options' long names; tables are verbs:
//
//   org = "acme"
//   output = "wide"
//   [node]
//   data = "/var/lib/ropewalk"
//   threads-per-user = 500
//   [thread.list]
//   limit = 200
//
// Flags and ROPEWALK_* variables win. A key that no option has is an error, so that a slip is not a silent
// default.

#include <filesystem>

#include "runtime/result.hpp"

namespace CLI {
class App;
}

namespace ropewalk::cli {

std::filesystem::path default_settings_file();

// After root.parse(): fills options that were not given, of the verb that was chosen.
status_result apply_settings_file(CLI::App& root, const std::filesystem::path& file);

} // namespace ropewalk::cli
