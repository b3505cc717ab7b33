#pragma once
// Two nodes with journals of their own behind one prefix would share a queue group, and every thread would be
// split between them at random. So a node looks for others before it serves, once it serves (of two that
// start together each finds the other), after each reconnect, and now and then; the one that started later
// gives way.

#include <chrono>
#include <optional>

#include "runtime/result.hpp"
#include "transport/nats_connection.hpp"
#include "transport/service_query.hpp"

namespace ropewalk::actors {

class rival_watch {
public:
  rival_watch(transport::nats_connection& connection, transport::found_node self)
      : connection_(connection), self_(std::move(self)) {}

  // conflict "another_node" if one serves the prefix already; for the start.
  status_result before_serving();
  // The same if this node is the one to give way. Call often: it asks only when it is time, and blocks for
  // `patience` then.
  status_result while_serving();

private:
  static constexpr std::chrono::milliseconds patience{300};
  static constexpr std::chrono::seconds pause{5};
  std::vector<transport::found_node> others();
  error conflict_with(const transport::found_node& other) const;

  transport::nats_connection& connection_;
  const transport::found_node self_;
  std::optional<std::uint64_t> looked_at_; // reconnects() at the last look
  std::chrono::steady_clock::time_point next_look_{};
};

} // namespace ropewalk::actors
