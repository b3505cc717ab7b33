#include "actors/rival_watch.hpp"

#include <pthread.h>

#include <algorithm>
#include <tuple>

#include "actors/log.hpp"
#include "transport/subject.hpp"

namespace ropewalk::actors {

std::vector<transport::found_node> rival_watch::others(std::chrono::milliseconds wait) {
  reconnects_ = connection_.reconnects();
  auto found = transport::find_nodes(connection_, wait);
  const auto sees_itself = [&] {
    return std::any_of(found->begin(), found->end(), [&](const auto& n) { return n.id == self_.id; });
  };
  // Where not even its own answer came in time, others' may be late as well.
  for (int again = 0; found && !sees_itself() && again < 3 && !stopped(); ++again)
    found = transport::find_nodes(connection_, 2 * wait);
  if (stopped()) return {}; // its own connection is about to end, and says nothing of others
  if (!found) {
    log_line(log_level::warn, "could not look for other nodes", {{"reason", found.error().detail}});
    return {};
  }
  std::erase_if(*found, [&](const transport::found_node& n) {
    const bool fellow = of_cluster_ && n.cluster == self_.cluster && n.node != self_.node;
    return n.prefix != self_.prefix || n.id == self_.id || fellow;
  });
  return *std::move(found);
}

// Anybody may answer a PING, from other accounts too: what counts is who answers on our own subjects.
bool rival_watch::answers(const transport::found_node& other) {
  const auto health =
      connection_.request(transport::node_subject(self_.prefix, other.node, "health"), {}, "", health_patience);
  return health && health->body().find("\"node\":\"" + other.node + "\"") != std::string_view::npos;
}

error rival_watch::refusal(const transport::found_node& other) const {
  return {errc::conflict, "another_node",
          "node \"" + other.node + "\" (" + other.id + ") serves prefix \"" + self_.prefix + "\" at " +
              connection_.connected_url() +
              " with a journal of its own; two such nodes would split every thread between them: stop one, or "
              "give this one another prefix",
          "prefix"};
}

status_result rival_watch::may_serve(const std::atomic<bool>& stop) {
  for (int looks = 1;; ++looks) {
    std::optional<transport::found_node> undecided;
    for (const transport::found_node& other : others(patience)) {
      const bool earlier = std::tie(other.started, other.id) < std::tie(self_.started, self_.id);
      if (other.serving ? answers(other) : earlier) return refusal(other);
      if (!other.serving) undecided = other;
    }
    if (!undecided || stop) {
      late_look_ = std::chrono::steady_clock::now() + late_look_after;
      return ok();
    }
    if (looks == most_looks) return refusal(*undecided);
    std::this_thread::sleep_for(between_looks);
  }
}

rival_watch::~rival_watch() {
  stop();
  if (looking_.joinable()) looking_.join();
}

void rival_watch::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool rival_watch::stopped(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [&] { return stopping_; });
}

void rival_watch::keep_looking() {
  looking_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "rival-watch");
    while (!stopped(look_every)) look_if_there_is_reason();
  });
}

void rival_watch::look_if_there_is_reason() {
  const bool late = late_look_ && std::chrono::steady_clock::now() >= *late_look_;
  if (!connection_.connected() || (!late && connection_.reconnects() == reconnects_)) return;
  late_look_.reset();
  for (const transport::found_node& other : others(late_patience))
    if (other.serving && !stopped() && answers(other) && !stopped())
      log_line(log_level::error, "another node serves the same threads from a journal of its own: stop one of them",
               {{"node", other.node}, {"id", other.id}});
}

} // namespace ropewalk::actors
