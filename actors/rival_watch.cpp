#include "actors/rival_watch.hpp"

#include <algorithm>
#include <tuple>

#include "actors/log.hpp"

namespace ropewalk::actors {

std::vector<transport::found_node> rival_watch::others() {
  auto found = transport::find_nodes(connection_, patience);
  if (!found) {
    log_line(log_level::warn, "could not look for other nodes", {{"reason", found.error().detail}});
    return {};
  }
  std::erase_if(*found, [&](const transport::found_node& n) { return n.prefix != self_.prefix || n.id == self_.id; });
  return *std::move(found);
}

error rival_watch::conflict_with(const transport::found_node& other) const {
  return {errc::conflict, "another_node",
          "node \"" + other.node + "\" (" + other.id + ") serves prefix \"" + self_.prefix + "\" at " + connection_.connected_url() +
              " with a journal of its own; two such nodes would split every thread between them: stop one, or give this one another prefix",
          "prefix"};
}

status_result rival_watch::before_serving() {
  if (!connection_.connected()) return ok();
  const auto found = others();
  return found.empty() ? ok() : status_result(conflict_with(found.front()));
}

status_result rival_watch::while_serving() {
  if (!connection_.connected()) return ok();
  const std::uint64_t reconnects = connection_.reconnects();
  const auto now = std::chrono::steady_clock::now();
  if (looked_at_ == reconnects && now < next_look_) return ok();
  looked_at_ = reconnects;
  next_look_ = now + pause;
  for (const transport::found_node& other : others()) {
    const error conflict = conflict_with(other);
    if (std::tie(other.started, other.id) < std::tie(self_.started, self_.id)) return conflict;
    log_line(log_level::error, "another node serves the same threads and should give way", {{"node", other.node}, {"id", other.id}});
  }
  return ok();
}

} // namespace ropewalk::actors
