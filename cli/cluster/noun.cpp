#include "cli/cluster/verbs.hpp"

namespace ropewalk::cli {

void add_cluster_noun(command_line& line) {
  CLI::App& cluster =
      line.noun("cluster", "several nodes that are one system: who owns what, move, drain, add, remove");
  add_cluster_status(line, cluster);
  add_cluster_members(line, cluster);
  add_cluster_partitions(line, cluster);
  add_cluster_move(line, cluster);
  add_cluster_drain(line, cluster);
  add_cluster_add(line, cluster);
  add_cluster_remove(line, cluster);
}

} // namespace ropewalk::cli
