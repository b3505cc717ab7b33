#pragma once
// The node's figures for Prometheus, over HTTP at /metrics of an address that the operator chose; off by default. Everything is
// looked up when it is asked for. Labels are bounded: verbs, outcomes, partitions and levels are; no org, thread or client is one.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/node_status.hpp"
#include "runtime/result.hpp"

namespace ropewalk::storage {
class journal_writer;
}
namespace ropewalk::transport {
class verb_counters;
}

namespace ropewalk::actors {

class cluster_member;

// All outlive the metrics.
struct metric_sources {
  std::string node;
  const transport::verb_counters* counters = nullptr;
  const storage::journal_writer* writer = nullptr;
  const cluster_member* member = nullptr; // null: a node alone
  std::function<node_figures()> figures;  // any thread
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
