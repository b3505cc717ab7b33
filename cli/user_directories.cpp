#include "cli/user_directories.hpp"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

std::filesystem::path home() {
  if (const char* text = std::getenv("HOME"); text != nullptr && *text == '/') return text;
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "/";
}

// The specification says that a relative path is to be ignored.
std::filesystem::path base(const char* variable, const char* below_home) {
  const char* text = std::getenv(variable);
  return text != nullptr && *text == '/' ? std::filesystem::path(text) : home() / below_home;
}

} // namespace

std::filesystem::path config_directory() { return base("XDG_CONFIG_HOME", ".config") / "ropewalk"; }
std::filesystem::path state_directory() { return base("XDG_STATE_HOME", ".local/state") / "ropewalk"; }

} // namespace ropewalk::cli
