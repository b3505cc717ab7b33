#pragma once
// What makes two keyed requests the same: verb and content, not spelling.
//
// The canonical text of a JSON value sorts members by key at every depth, drops white space and spells
// strings in one way; numbers stay as they were written. A client may thus repeat a request through another
// serializer and still be recognised.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/entry.hpp"
#include "runtime/json_text.hpp"

namespace ropewalk::transport {

digest sha256(std::string_view bytes);

void append_canonical(std::string& out, json_view value);

// First half of SHA-256 over verb, a zero byte, and the canonical text.
std::array<std::uint8_t, 16> content_fingerprint(std::string_view verb, json_view body);

// An id that follows from texts: SHA-256 over them, each with its length, shaped as a UUIDv8 (RFC 9562, 5.8).
std::string derived_uuid(std::span<const std::string_view> texts);

} // namespace ropewalk::transport
