#pragma once
// The headers of a request that are ours, checked.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/result.hpp"
#include "transport/request_decoder.hpp"

namespace ropewalk::transport {

struct request_headers {
  std::optional<std::string_view> idempotency_key;
  std::optional<ack_level> ack;
  std::optional<transport::replica_read> replica_read;
};

// Names compare without case. A header that begins with "Rw-" and is unknown, or given twice, is refused:
// what a client asks for is never silently left out. All other headers (traceparent, those of NATS) pass
// unread.
result<request_headers> check_headers(std::span<const header_view> headers, const verb_spec& v,
                                      std::optional<std::uint32_t> guaranteed_peers, std::uint16_t partitions);

} // namespace ropewalk::transport
