#pragma once
// Three nodes n1, n2, n3 that are a cluster, or one that is alone, for one run. Nodes are counted from 0.
//
//   cluster_nodes nodes{settings, scratch.path() / "peers", {.nats_urls = nats.url(), .level = "peers"}};
//   nodes.kill(2);
//   nodes.wipe(2);
//   nodes.start(2);

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/child_process.hpp"
#include "bench/cluster_settings.hpp"

namespace ropewalk::bench {

inline constexpr int cluster_size = 3;
inline constexpr int partitions_count = 16;

struct nodes_plan {
  std::string nats_urls; ///< several with commas
  std::string level;     ///< where requests ask for nothing; empty: one node alone
  int stream_replicas = 1;
};

std::string node_name(int node);
/// `rw.node.<name>.<verb>`
std::string node_subject(int node, const std::string& verb);

class cluster_nodes {
public:
  /// Keyring, cluster's file and data go under `directory`. Returns when the processes are started, not when they serve.
  cluster_nodes(const cluster_settings& settings, const std::filesystem::path& directory, nodes_plan plan);

  bool alone() const { return plan_.level.empty(); }
  std::string cluster() const { return "bench" + plan_.level; } ///< its id

  std::filesystem::path directory(int node) const { return directory_ / node_name(node); } ///< of its data

  void start(int node);
  void kill(int node) { running_.at(static_cast<std::size_t>(node))->kill_now(); }
  void wipe(int node); ///< only one that does not run
  void stop();

private:
  std::string keyring() const { return directory_ / "keys.json"; }

  const std::filesystem::path program_, directory_;
  const nodes_plan plan_;
  std::vector<std::unique_ptr<child_process>> running_;
};

} // namespace ropewalk::bench
