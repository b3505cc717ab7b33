#pragma once
// UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then random bits. Randomness is an argument.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/instant.hpp"

namespace ropewalk {

// rand_a and the free bits of rand_b come from entropy_a/entropy_b.
std::string make_uuid7(instant now, std::uint64_t entropy_a, std::uint64_t entropy_b);

// A message's id: a UUIDv7 whose last 32 bits are the message's seq within its thread, so that an id finds
// its row without an index over ids.
std::string make_message_id(instant now, std::uint64_t entropy, std::uint32_t seq);
// The seq in an id of that shape; nullopt if the text is no UUIDv7 in lower-case hyphenated form.
std::optional<std::uint32_t> seq_of_message_id(std::string_view id) noexcept;

// Any version, hyphenated, digits of either case.
bool is_uuid(std::string_view text) noexcept;

} // namespace ropewalk
