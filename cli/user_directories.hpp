#pragma once
// Where a user's files of this program are, after the XDG Base Directory Specification.

#include <filesystem>

namespace ropewalk::cli {

std::filesystem::path config_directory(); // $XDG_CONFIG_HOME/ropewalk or ~/.config/ropewalk
std::filesystem::path state_directory();  // $XDG_STATE_HOME/ropewalk or ~/.local/state/ropewalk

} // namespace ropewalk::cli
