#pragma once
// What travels with every command to an entity, whatever its kind, and what comes of it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"
#include "runtime/limits.hpp"

namespace ropewalk {

// A client's key for one write (header Rw-Idempotency-Key): the same key with the same content gives the
// first answer again, with other content it is a conflict (I6).
struct idempotency_token {
  std::string key;
  std::array<std::uint8_t, 16> fingerprint{}; // first half of SHA-256 over the verb and the canonical body
};

// Time and randomness for the pure core.
// When a write is answered: durable on its owner's disk; also accepted in the partition's stream; also on the disks of the guaranteed
// peers. A node alone has `local` only.
enum class ack_level : std::uint8_t { local, log, peers };
// As receipts have it.
constexpr std::string_view name(ack_level l) noexcept {
  return l == ack_level::local ? "local" : l == ack_level::log ? "log" : "peers";
}

struct surroundings {
  instant now;
  std::uint64_t entropy_a = 0;
  std::uint64_t entropy_b = 0;
};

} // namespace ropewalk
