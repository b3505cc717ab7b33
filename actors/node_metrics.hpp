#pragma once
// The node's figures for Prometheus, over HTTP at /metrics of an address that the operator chose; off by default. Everything is
// looked up when it is asked for. Labels are bounded: verbs, outcomes, partitions and levels are; no org, thread or client is one.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/result.hpp"
#include "storage/quarantine_reader.hpp"

namespace ropewalk::storage {
class journal_writer;
}
namespace ropewalk::transport {
class verb_counters;
}

namespace ropewalk::actors {

class cluster_member;

struct node_gauges {
  std::uint64_t active_entities = 0, held_bytes = 0, in_flight = 0, handed_on = 0;
  std::uint64_t journal_position = 0, journal_bytes = 0, views_position = 0, views_bytes = 0;
  std::uint64_t disk_free_bytes = 0;
  double uptime_s = 0;
  storage::quarantine_figures quarantined;
};

// All outlive the metrics.
struct metric_sources {
  std::string node, cluster, version;
  const transport::verb_counters* counters = nullptr;
  const storage::journal_writer* writer = nullptr;
  const cluster_member* member = nullptr; // null: a node alone
  std::function<node_gauges()> gauges;    // any thread
};

class node_metrics {
public:
  // address: "127.0.0.1:9464", "[::1]:9464", "0.0.0.0:9464". Errors: invalid "metrics" (its form); unavailable
  // "metrics_address" (it cannot be listened to).
  static result<std::unique_ptr<node_metrics>> open(const std::string& address, metric_sources sources);
  ~node_metrics(); // no request is answered any more
  node_metrics(const node_metrics&) = delete;
  node_metrics& operator=(const node_metrics&) = delete;

private:
  struct impl;
  explicit node_metrics(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

// "HOST:PORT", HOST an address of numbers: error field "metrics".
status_result check_metrics_address(const std::string& address);

} // namespace ropewalk::actors
