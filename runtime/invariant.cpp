#include "runtime/invariant.hpp"

#include <cstdio>
#include <cstdlib>

namespace ropewalk {

void invariant_failed(const char* expression, const char* file, int line, const std::string& values) {
  std::fprintf(stderr, "ropewalk: invariant broken at %s:%d: %s; values:%s\n", file, line, expression, values.c_str());
  std::abort();
}

} // namespace ropewalk
