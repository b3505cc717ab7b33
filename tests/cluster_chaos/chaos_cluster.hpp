#pragma once
// A cluster of three real nodes and one or three nats-servers, with a breakable link between each node and each server, and
// between servers; nodes whose disks fail on demand and whose clocks can be set.
//
//   chaos_cluster c({.nats_servers = 3, .faked_clocks = true});
//   c.kill(0);  c.start(0);
//   c.link(1, 0).set(tcp_proxy::to_client, tcp_proxy::losing);

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/cluster_chaos/tcp_proxy.hpp"
#include "tests/chaos/faked_clock.hpp"
#include "tests/storage/fault_plan_file.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/nats_servers.hpp"
#include "tests/support/system_client.hpp"

namespace ropewalk::chaos {

struct cluster_shape {
  std::string id = "chaos";
  std::string prefix = "rw";
  int nodes = 3;
  int partitions = 4;
  int nats_servers = 1; // 3: streams on all of them
  std::string lease = "1s";
  bool faked_clocks = false; // libfaketime in the nodes
};

// NATS, and the links between its servers.
class chaos_nats {
public:
  explicit chaos_nats(int servers);
  tests::nats_servers& servers() { return *servers_; }
  int count() const { return servers_->count(); }
  // All links of one server to the others, with the direction in which bytes leave it.
  struct route {
    tcp_proxy* link;
    tcp_proxy::direction leaving;
  };
  std::vector<route> routes_of(int server);
  void heal();

private:
  struct one_way {
    int from, to;
    std::unique_ptr<tcp_proxy> link;
  };
  std::vector<one_way> routes_; // before the servers: they go first
  tests::scratch_directory settings_;
  std::unique_ptr<tests::nats_servers> servers_;
};

class chaos_cluster : public tests::system_client {
public:
  // nats: outlives it. Throws std::runtime_error if the cluster does not serve.
  chaos_cluster(chaos_nats& nats, cluster_shape shape);
  ~chaos_cluster();

  const cluster_shape& shape() const { return shape_; }
  int nodes() const { return shape_.nodes; }
  chaos_nats& nats() { return nats_; }
  tests::child_process& node(int i) { return at(i).process; }
  std::string node_name(int i) const { return "n" + std::to_string(i + 1); }
  std::string data(int i) const { return scratch_ / node_name(i); }
  std::string log(int i) const { return tests::read_file(data(i) + ".log"); }
  const tests::scratch_directory& scratch() const { return scratch_; }

  void start(int i, const std::string& failpoints = {});
  void kill(int i);
  // Whether all answer, with no failpoint armed. One that ended because a server gave its connection up (bytes that a link has lost can
  // do that) is started again, as a service manager would. So is one that died at a failpoint, and one that stands still there goes on:
  // the order to arm it may have waited in a server that stood still itself.
  bool all_up();
  bool disarm(int i); // all failpoints of a node; false: it does not answer
  tcp_proxy& link(int node, int server) { return *at(node).links.at(static_cast<std::size_t>(server)); }
  tests::fault_plan& disk(int i) { return at(i).faults->plan(); }
  tests::faked_clock& clock(int i) { return *at(i).clock; }

  // A verb of one node, past its links' trouble if need be not at all: code 0 without an answer.
  tests::answer ask_node(int i, const std::string& verb, const nlohmann::json& body = nlohmann::json::object(),
                         std::chrono::milliseconds timeout = std::chrono::seconds(1));
  // Every node runs and answers, each partition is served by one, all are in step and have full standing, and their views have
  // seen all. "" if so, else what is missing.
  std::string unsettled();
  bool wait_settled(std::chrono::seconds patience, std::string& missing);
  // Nodes that ended by a signal that nobody sent, since the last call.
  std::vector<std::string> take_crashes();

private:
  struct member {
    tests::child_process process;
    std::vector<std::unique_ptr<tcp_proxy>> links; // by server
    std::unique_ptr<tests::fault_plan_file> faults;
    std::unique_ptr<tests::faked_clock> clock;
  };
  member& at(int i) { return members_.at(static_cast<std::size_t>(i)); }
  void note_end(int i);

  const cluster_shape shape_;
  chaos_nats& nats_;
  tests::scratch_directory scratch_;
  std::vector<member> members_;
  std::vector<std::string> crashes_;
};

// Of the program `ropewalk` and of the library with failing disks: ROPEWALK_BINARY and ROPEWALK_FAULTS_LIBRARY of the
// environment win over what was compiled in.
std::string ropewalk_program();
std::string faults_library();

} // namespace ropewalk::chaos
