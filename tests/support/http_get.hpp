#pragma once
// One request to a server on this machine, as curl would make it.

#include <string>

namespace ropewalk::tests {

// All that comes back, head and body; "" if nobody listens to the port of 127.0.0.1.
std::string http_get(int port, const std::string& path);

} // namespace ropewalk::tests
