#pragma once
// The program `ropewalk`, run against a test's system as an operator would.
//
//   const program_result r = run_program(system, "doctor -o json");
//   CHECK(r.code == 0);

#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/cluster_system.hpp"
#include "tests/support/test_system.hpp"

namespace ropewalk::tests {

struct program_result {
  int code = 0;
  std::string output;  // standard output
  std::string trouble; // standard error
  nlohmann::json json() const { return nlohmann::json::parse(output, nullptr, false); }
};

// arguments: as a shell takes them apart. In org acme; standard output is no terminal, so JSON.
program_result run_program(const test_system& system, const std::string& arguments);
program_result run_program(const cluster_system& system, const std::string& arguments);

} // namespace ropewalk::tests
