#pragma once
// NATS URLs as they may be shown: without passwords and tokens.

#include <string>
#include <string_view>

namespace ropewalk::transport {

// Several with commas: each. "nats://ann:***@host:4222"; a credential without a colon is a token: "nats://***@host".
std::string url_for_people(std::string_view url);

} // namespace ropewalk::transport
