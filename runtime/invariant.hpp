#pragma once
// INVARIANT(a <= b, a, b): our own bug if it does not hold. On in release builds; prints the expression and
// the values and ends the process. Never on bytes from a disk, a peer or an agent.

#include <sstream>
#include <string>

namespace ropewalk {

[[noreturn]] void invariant_failed(const char* expression, const char* file, int line, const std::string& values);

template <class... Ts>
std::string print_values(const Ts&... values) {
  std::ostringstream out;
  ((out << ' ' << values), ...);
  return out.str();
}

} // namespace ropewalk

#define INVARIANT(expression, ...)                                                                                     \
  do {                                                                                                                 \
    if (!(expression)) [[unlikely]]                                                                                    \
      ::ropewalk::invariant_failed(#expression, __FILE__, __LINE__, ::ropewalk::print_values(__VA_ARGS__));            \
  } while (false)
