#pragma once
// Real nodes that are a cluster, on a real nats-server, all of them processes of the test.
//
//   cluster_system system(3);
//   system.kill(0);  system.start(0);
//   system.wait_quiet();
//   CHECK(system.chains_agree() == "");

#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/nats_servers.hpp"
#include "tests/support/system_client.hpp"

namespace ropewalk::tests {

struct cluster_shape {
  int nodes = 3;
  int partitions = 4;
  int nats_servers = 1; // 3: streams on all of them
  std::string lease = "1s";
  std::string ack = "peers";
  bool metrics = false;                         // each node tells its figures, see metrics_port()
  std::vector<std::string> nats_arguments = {}; // more of nats-server's command line
  bool alone_first = false; // one node that was no member of anything, and has thread "before"; 16 partitions
};

class cluster_system : public system_client {
public:
  explicit cluster_system(cluster_shape shape = {});
  ~cluster_system();

  int nodes() const { return static_cast<int>(nodes_.size()); }
  child_process& node(int i) { return nodes_.at(static_cast<std::size_t>(i)); }
  nats_servers& nats() { return nats_; }
  void start(int i, const std::string& keyring = "keys.json"); // a file's name in scratch()
  void start_to_fail(int i, const std::string& failpoints);    // storage/failpoint.hpp
  void name_members(int count);                                // in the cluster's file, from the next start on
  // Returns when NATS knows it too: until then it gives requests to the dead one, which nobody answers.
  void kill(int i);
  int add_node();   // that the cluster's file does not name; its number
  void wipe(int i); // a node that does not run loses its directory
  std::string data(int i) const { return scratch_ / ("n" + std::to_string(i + 1)); }
  std::string log(int i) const { return read_file(data(i) + ".log"); }
  int metrics_port(int i) const { return metrics_ports_.at(static_cast<std::size_t>(i)); }
  const scratch_directory& scratch() const { return scratch_; }

  // Until each node serves, writes to every partition are answered, and each member counts: one that is still learning is one that
  // is lost, and with N = 1 no other may be.
  bool wait_serving(std::chrono::seconds patience = std::chrono::seconds(60));
  // Those of `which`, all if it is empty.
  // Kills all nodes once nothing changes any more, and compares what they hold: "" if every node has the same chain of every
  // partition and all of them verify; else what is wrong.
  std::string chains_agree(std::vector<int> which = {});

private:
  bool stands(int i);
  std::string begin_alone(); // the id of its journal
  std::vector<std::string> command_of(int i, const std::string& keyring) const;
  cluster_shape shape_;
  scratch_directory scratch_;
  std::string id_;
  nats_servers nats_;
  std::vector<child_process> nodes_;
  std::vector<int> metrics_ports_;
};

} // namespace ropewalk::tests
