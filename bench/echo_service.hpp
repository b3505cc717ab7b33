#pragma once
// The baseline for every request: a service that does nothing but answer, over the same NATS and with the
// same way of batching as the node.
//
//   bench.echo.same    the reply is the request's body
//   bench.echo.<n>     the reply is n bytes, for comparing reads whose replies are larger than their requests
//
// What the node's rate falls short of this one is what its parsing, actors and fsync cost.

#include <string>

#include "bench/nats_client.hpp"

namespace ropewalk::bench {

inline constexpr const char* echo_prefix = "bench.echo.";
inline const std::string echo_same = std::string(echo_prefix) + "same";

/// The subject on which replies have exactly `bytes` bytes.
std::string echo_subject(std::size_t bytes);

/// Serves from construction to destruction.
class echo_service {
public:
  explicit echo_service(const std::string& url);

private:
  void answer(natsMsg* request);

  nats_connection connection_;
  std::string fixed_reply_;    // of the size asked for last
  nats_subscription requests_; // last: its callbacks use the members above
};

} // namespace ropewalk::bench
