#pragma once
// Base64url without padding (RFC 4648, section 5), for opaque tokens.

#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::transport {

std::string to_base64url(std::string_view bytes);
// nullopt unless the text is the one spelling of some bytes: no padding, unused bits zero.
std::optional<std::string> from_base64url(std::string_view text);

} // namespace ropewalk::transport
