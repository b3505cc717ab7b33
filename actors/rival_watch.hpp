#pragma once
// Two nodes with journals of their own behind one prefix would share a queue group, and every thread would be
// split between them at random. So a node makes itself known first, then looks for others, and serves only if
// there is none: of two that start together at least the later one to look sees the other. A node that serves
// never stops for another one; it says so.

#include <chrono>
#include <vector>

#include "runtime/result.hpp"
#include "transport/nats_connection.hpp"
#include "transport/service_query.hpp"

namespace ropewalk::actors {

class rival_watch {
public:
  rival_watch(transport::nats_connection& connection, transport::found_node self)
      : connection_(connection), self_(std::move(self)) {}

  // conflict "another_node" if one serves the prefix, or started before this one and is about to.
  status_result may_serve();
  // While serving: after a reconnect others are looked for and reported. Call often.
  void look_after_reconnect();

private:
  static constexpr std::chrono::milliseconds patience{300};
  static constexpr std::chrono::seconds health_patience{2};
  std::vector<transport::found_node> others();
  bool answers(const transport::found_node& other);

  transport::nats_connection& connection_;
  const transport::found_node self_;
  std::uint64_t reconnects_ = 0; // at the last look
};

} // namespace ropewalk::actors
