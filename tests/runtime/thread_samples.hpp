#pragma once
// Messages for tests: a client's JSON in, the stored JSON out.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "runtime/json_text.hpp"
#include "runtime/limits.hpp"
#include "runtime/thread/message_fields.hpp"

namespace ropewalk::tests {

inline result<thread::message_draft> decode(std::string_view json,
                                            thread::unknown_fields policy = thread::unknown_fields::refuse,
                                            std::string_view path = "") {
  const auto doc = json_document::parse(json, {.max_bytes = 2u << 20, .max_depth = 64, .max_values = 1'000'000});
  if (!doc) return doc.error();
  return thread::decode_message(doc->root(), path, policy);
}

// The 9:05 of every test.
inline constexpr instant nine_oh_five{1769850300000001}; // 2026-01-31T09:05:00.000001Z

inline std::string stored(const thread::message_draft& draft, std::uint64_t seq) {
  return thread::render_message({draft.id.value_or("m" + std::to_string(seq)), seq, 1, nine_oh_five, {}}, draft);
}

inline std::string stored(std::string_view json, std::uint64_t seq = 1,
                          thread::unknown_fields policy = thread::unknown_fields::refuse) {
  const auto draft = decode(json, policy);
  INFO(json);
  INFO((draft ? "" : draft.error().field + " " + draft.error().detail));
  REQUIRE(draft);
  return stored(*draft, seq);
}

// A file of the real data that stands beside the project; empty path = not here.
inline std::filesystem::path shared_data(std::string_view name) {
  const char* given = std::getenv("ROPEWALK_SHARED_DATA");
  const auto folder =
      given ? std::filesystem::path(given) : std::filesystem::path(ROPEWALK_SOURCE_DIR) / ".." / "shared" / "data";
  const auto file = folder / name;
  return std::filesystem::exists(file) ? file : std::filesystem::path{};
}

} // namespace ropewalk::tests
