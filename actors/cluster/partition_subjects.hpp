#pragma once
// Requests that the NATS server itself has mapped to their partition (deploy/nats/), so that they reach the owner without a
// hop through another member:
//
//   subject  <prefix>.part.<partition>.v1.<org>.thread.<id>.<verb>
//
// The server hashes the tokens of org and id as partition_of() does. A member listens to the partitions that it serves, and to
// those of which it knows no owner that is there, in the queue group of all requests: somebody answers always. Two members that
// listen to one partition do no harm: one of them gets a request, and hands it on if it is not the owner. That is why listening
// begins at once and ends late. Without a mapping nothing comes this way.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/cluster/cluster_member.hpp"
#include "transport/leaving_subscriptions.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::actors {

// "<prefix>.v1.…" of a subject as above; nullopt: it is none.
std::optional<std::string> unmapped_subject(std::string_view mapped, std::string_view prefix);

// One thread.
class partition_subjects {
public:
  using taker = std::function<void(transport::nats_message)>;
  partition_subjects(transport::nats_connection& connection, std::string prefix, const cluster_member& member,
                     taker take);

  status_result adjust(std::chrono::steady_clock::time_point now); // often; at first before anything is served
  bool close(std::chrono::milliseconds timeout);                   // drains: after it no request comes in

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds adjust_every{100}, linger{2000};
  struct listening {
    std::unique_ptr<transport::nats_subscription> subscription;
    clock::time_point wanted_at; // last
  };

  bool wants(partition_id p) const;

  transport::nats_connection& connection_;
  const std::string prefix_;
  const cluster_member& member_;
  const taker take_;
  std::vector<listening> of_; // by partition
  transport::leaving_subscriptions leaving_;
  clock::time_point next_{};
};

} // namespace ropewalk::actors
