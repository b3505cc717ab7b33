#pragma once
// What a piece of the program writes, as a string.

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "cli/output.hpp"

namespace ropewalk::tests {

inline std::string written(cli::output_format format, const std::function<void(cli::output&)>& write,
                           unsigned columns = 60) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  cli::output_style style;
  style.format = format;
  style.columns = columns;
  cli::output out(style, stream);
  write(out);
  std::fclose(stream);
  std::string all(text, size);
  std::free(text);
  return all;
}

} // namespace ropewalk::tests
