#include "bench/cluster_nodes.hpp"

#include <fstream>
#include <thread>

namespace ropewalk::bench {

using namespace std::chrono_literals;

std::string node_name(int node) { return "n" + std::to_string(node + 1); }

std::string node_subject(int node, const std::string& verb) { return "rw.node." + node_name(node) + '.' + verb; }

cluster_nodes::cluster_nodes(const cluster_settings& settings, const std::filesystem::path& directory, nodes_plan plan)
    : program_(settings.ropewalk), directory_(directory), plan_(std::move(plan)) {
  std::filesystem::create_directories(directory_);
  if (!alone()) {
    std::ofstream(directory_ / "cluster.yaml")
        << "cluster: " << cluster() << "\nmembers: [n1, n2, n3]\npartitions: " << partitions_count
        << "\nack: " << plan_.level << "\nstream_replicas: " << plan_.stream_replicas << '\n';
    child_process keys({program_.string(), "keyring", "create", "--keyring", keyring()}, directory_ / "keys.log");
    while (keys.running()) std::this_thread::sleep_for(10ms);
  }
  running_.resize(alone() ? 1 : cluster_size);
  for (std::size_t node = 0; node < running_.size(); ++node) start(static_cast<int>(node));
}

void cluster_nodes::start(int node) {
  const std::string name = node_name(node);
  std::vector<std::string> argv{program_.string(), "node",   "--nats", plan_.nats_urls,      "--data",
                                directory(node),   "--name", name,     "--threads-per-user", "0"};
  if (!alone()) argv.insert(argv.end(), {"--cluster", directory_ / "cluster.yaml", "--keyring", keyring()});
  running_.at(static_cast<std::size_t>(node)) =
      std::make_unique<child_process>(std::move(argv), directory_ / (name + ".log"));
}

void cluster_nodes::wipe(int node) { std::filesystem::remove_all(directory(node)); }

void cluster_nodes::stop() {
  for (const auto& n : running_) n->stop(30s);
}

} // namespace ropewalk::bench
