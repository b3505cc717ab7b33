#pragma once
// Errors of the one who typed the command, told apart from refusals of the node: exit code 2, not 8.

#include <string>

#include "runtime/result.hpp"

namespace ropewalk::cli {

inline error bad_usage(std::string option, std::string detail) {
  return {errc::invalid, "usage", std::move(detail), std::move(option)};
}

} // namespace ropewalk::cli
