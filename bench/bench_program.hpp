#pragma once
// A bench program: its cases by name, its command line, and the report.

#include <span>
#include <string>
#include <vector>

#include "bench/markdown.hpp"
#include "bench/stage.hpp"

namespace ropewalk::bench {

struct bench_case {
  const char* name;
  std::vector<section> (*measure)(stage&);
  bool needs_node;
  bool by_default;
};

struct bench_program {
  const char* name;  ///< of the program
  const char* about; ///< for --help
  const char* title; ///< of the report
  std::span<const bench_case> cases;
};

/// What main() returns.
int run_bench(const bench_program& program, int argc, char** argv);

} // namespace ropewalk::bench
