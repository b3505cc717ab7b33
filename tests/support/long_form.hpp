#pragma once
// How much a test does: little as a rule, more where the environment says so (docs/HACKING.md).
//
//   for (int kill = 0; kill < long_form("ROPEWALK_KILLS", 4); ++kill)

#include <cstdlib>

namespace ropewalk::tests {

inline int long_form(const char* variable, int otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::atoi(given) : otherwise;
}

} // namespace ropewalk::tests
