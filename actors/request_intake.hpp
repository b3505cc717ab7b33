#pragma once
// The node's door: takes NATS requests, admits a bounded number, decodes them and hands them on. Every
// request gets exactly one answer.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/cluster/handed_on_requests.hpp"
#include "actors/cluster/ownership.hpp"
#include "actors/cluster/replica_reads.hpp"
#include "actors/cluster/request_forwarding.hpp"
#include "actors/entity_environment.hpp"
#include "actors/partition_table.hpp"
#include "transport/leaving_subscriptions.hpp"
#include "transport/nats_connection.hpp"
#include "transport/request_decoder.hpp"
#include "transport/verb_counters.hpp"

namespace ropewalk::actors {

struct intake_settings {
  transport::decoder_settings decoder;
  std::string node_name;
  std::uint64_t max_in_flight = 0;
  const ownership* owners = nullptr;       // of a cluster: requests of other members' partitions are handed on
  handed_on_requests* handed_on = nullptr; // with it
  replica_reads* replicas = nullptr;       // likewise
};

class request_intake final : public request_meter {
public:
  // Answers the operators' verbs; runs on a NATS thread and must not block.
  using node_verbs = std::function<void(transport::node_command, caller)>;

  request_intake(intake_settings settings, transport::nats_connection& connection, partition_table& partitions,
                 entity_environment& env, transport::verb_counters& counters, node_verbs on_node_request);
  ~request_intake() override;

  status_result open(); // subscribes to what is asked of this very node: by operators, and by other members
  // And to what clients ask, or not any more: a node that is no member of its cluster leaves it to the others.
  status_result serve_clients(bool on);
  void guarantee(std::uint32_t peers) noexcept {
    peers_.store(peers, std::memory_order_relaxed);
  }                                              // what `peers:N` may ask for
  bool close(std::chrono::milliseconds timeout); // drains: after it no request comes in
  // Of a cluster: one that the server has mapped to its partition (partition_subjects.hpp).
  void on_mapped(transport::nats_message m);
  // Since the start: requests that went on to another member.
  std::uint64_t handed_on() const noexcept { return handed_on_.load(std::memory_order_relaxed); }
  std::uint64_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  const std::atomic<std::uint64_t>& in_flight_counter() const noexcept { return in_flight_; }
  // The journal can not be written any more: refuse everything with this.
  void refuse_all(const error& why);

  void answered(const transport::verb_spec* verb, std::size_t bytes, std::chrono::nanoseconds took,
                const error* problem) override;

private:
  void on_message(transport::nats_message m);
  void on_handed_on(transport::nats_message m);
  void take(transport::nats_message& m, result<arrived_request> arrived);
  static void arm(const transport::arm_failpoints& wanted, caller from);
  status_result check_token(const transport::decoded_request& r) const;
  void dispatch(transport::decoded_request decoded, caller from);
  bool is_elsewhere(const transport::decoded_request& decoded) const;
  // To the owner, or refused.
  void elsewhere(const transport::decoded_request& decoded, const arrived_request& arrived,
                 const transport::nats_message& m, caller from);
  void read_replica(transport::decoded_request decoded, caller from, arrived_request& arrived,
                    transport::nats_message& m);
  void serve(transport::decoded_request decoded, caller from);

  const intake_settings settings_;
  transport::nats_connection& connection_;
  partition_table& partitions_;
  entity_environment& env_;
  transport::verb_counters& counters_;
  const node_verbs on_node_request_;
  const std::string operators_subjects_;
  std::vector<std::unique_ptr<transport::nats_subscription>> subscriptions_, of_clients_;
  transport::leaving_subscriptions leaving_;
  std::atomic<std::uint32_t> peers_{0};
  std::atomic<std::uint64_t> in_flight_{0}, bytes_in_flight_{0}, handed_on_{0};
  std::atomic<std::shared_ptr<const error>> refusing_;
};

} // namespace ropewalk::actors
