#pragma once
// Time zones for tests: bytes made by hand, so that no test depends on the machine's files, and those files
// where they are.

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "runtime/instant.hpp"
#include "runtime/schedule/time_zone.hpp"

namespace ropewalk::schedule::tests {

inline std::string big_endian(std::int64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFF);
  return out;
}

// A TZif file as RFC 8536 draws it.
struct tzif {
  char version = '2';
  std::vector<std::pair<std::int64_t, std::uint8_t>> changes; // when, to which type
  std::vector<std::int32_t> types = {0};                      // offsets
  std::string footer;

  std::string block(int time_bytes) const {
    std::string out = "TZif";
    out += version;
    out += std::string(15, '\0');
    for (const std::size_t count : {std::size_t{0}, std::size_t{0}, std::size_t{0}, changes.size(), types.size()})
      out += big_endian(static_cast<std::int64_t>(count), 4);
    out += big_endian(4, 4);
    for (const auto& c : changes) out += big_endian(c.first, time_bytes);
    for (const auto& c : changes) out += static_cast<char>(c.second);
    for (const std::int32_t offset : types) out += big_endian(offset, 4) + std::string("\0\0", 2);
    return out + std::string("XXX\0", 4);
  }
  std::string bytes() const {
    if (version == 0) return block(4);
    tzif empty; // the first block may be
    empty.version = version;
    return empty.block(4) + block(8) + '\n' + footer + '\n';
  }
};

inline time_zone zone_of(const std::string& bytes, std::string name = "Test/Zone") {
  auto zone = time_zone::parse(bytes, std::move(name));
  if (!zone) FAIL(zone.error().detail);
  return *std::move(zone);
}
inline time_zone ruled(std::string footer, std::string name = "Test/Zone") {
  tzif file;
  file.footer = std::move(footer);
  return zone_of(file.bytes(), std::move(name));
}

constexpr const char* berlin_rule = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* new_york_rule = "EST5EDT,M3.2.0,M11.1.0";
constexpr const char* lord_howe_rule = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";

// "" if this machine has no such file.
inline std::string system_zone(const std::string& name) {
  std::ifstream in("/usr/share/zoneinfo/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::int64_t utc_s(const char* rfc3339) { return parse_rfc3339(rfc3339)->us / 1'000'000; }
inline std::string shown(std::int64_t seconds) { return to_rfc3339({seconds * 1'000'000}).substr(0, 19) + 'Z'; }

} // namespace ropewalk::schedule::tests
