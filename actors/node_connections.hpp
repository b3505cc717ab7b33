#pragma once
// A node's connections to NATS: requests come in on one, what is answered at once goes out on another, and members of a
// cluster talk on a third. All of them go to one server, drawn for this node out of those that its operator named, and
// to the same next one when that is gone. Else a node could take requests on one server while it has its leases to keep
// on another, which is cut off from the rest.

#include <memory>
#include <optional>

#include "actors/node_settings.hpp"
#include "runtime/result.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::actors {

struct node_connections {
  std::unique_ptr<transport::nats_connection> requests, answers;
  std::unique_ptr<transport::nats_connection> replication; // null: a node alone

  // Logs what happens to them. Errors: invalid "unreadable_secret" (field "password_file"), and those of connect().
  static result<node_connections> open(const node_settings& settings);
  // Why the node cannot go on with them, if one of them has ended for good (nats_connection::lost). Unavailable
  // "connection_lost".
  std::optional<error> lost() const;
};

} // namespace ropewalk::actors
