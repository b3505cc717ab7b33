#pragma once
// "1 message", "2 messages".

#include <concepts>
#include <string>
#include <string_view>

namespace ropewalk::cli {

std::string counted(std::integral auto n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

} // namespace ropewalk::cli
