#pragma once
// FNV-1a 64 of a value's text, in hex: tells values apart for audits and repeated starts. No signature.

#include <cstdint>
#include <string>

#include "runtime/workflow/json_bridge.hpp"

namespace ropewalk::workflow {

inline std::string digest_of(const json_value& value) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : value.dump()) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  std::string hex(16, '0');
  for (int i = 15; i >= 0; --i, hash >>= 4) hex[static_cast<std::size_t>(i)] = "0123456789abcdef"[hash & 15];
  return hex;
}

} // namespace ropewalk::workflow
