#pragma once
// What is done to a cluster, each kind with its name, what it takes hold of, what it may cost, and a proof that it happened.

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/cluster_chaos/chaos_cluster.hpp"
#include "tests/cluster_chaos/checks.hpp"

namespace ropewalk::chaos {

// One that is under way. Begun and ended on the program's main thread, whose children the processes are.
class fault {
public:
  explicit fault(chaos_cluster& c) : cluster(c) {}
  virtual ~fault() = default;
  virtual void begin() = 0;
  virtual void end() = 0; // all is as before, but for what is lost
  // What shows that it happened; "" = it did not, as when the process that it was to hit was not there.
  const std::string& proof() const { return proof_; }

protected:
  void happened(std::string what) { proof_ = std::move(what); }
  chaos_cluster& cluster;

private:
  std::string proof_;
};

// disk: of a node, and the node with it; two_links: of a node and the next one.
enum class target { node, link, two_links, disk, server, all_servers, route, clock };

// Which nodes a fault of two_links takes hold of.
inline std::pair<int, int> pair_of(int which, int nodes) { return {which, (which + 1) % nodes}; }

struct fault_kind {
  const char* name;
  target hits;
  int weight;            // how often, compared with others
  int shortest_ms, longest_ms;
  bool needs_servers;    // three of NATS
  bool needs_clocks;     // that can be set
  bool loses_log_data;   // of NATS
  bool loses_disk;       // of a member
  bool holds_back;       // processes or messages go on later as if nothing had been: work may be handed out again late
  std::unique_ptr<fault> (*make)(chaos_cluster&, int which, std::uint64_t random);
};

// All of them, by the files that they stand in.
std::vector<fault_kind> all_fault_kinds();
std::vector<fault_kind> node_fault_kinds();
std::vector<fault_kind> link_fault_kinds();
std::vector<fault_kind> server_fault_kinds();
std::vector<fault_kind> disk_fault_kinds();

template <class Fault>
std::unique_ptr<fault> make_fault(chaos_cluster& c, int which, std::uint64_t random) {
  return std::make_unique<Fault>(c, which, random);
}

} // namespace ropewalk::chaos
