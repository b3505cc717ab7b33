#pragma once
// A real nats-server and a real node on a free loopback port, and a client to talk to them.
//
//   test_system system;
//   auto made = system.ask("rw.v1.acme.thread.t1.create", {});
//   CHECK(made.code == 200);

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/system_client.hpp"

namespace ropewalk::tests {

class test_system : public system_client {
public:
  // node_flags: appended to `ropewalk node --nats … --data … --name test`. nats_settings: lines of nats-server's own
  // configuration file.
  explicit test_system(std::vector<std::string> node_flags = {},
                       std::vector<std::pair<std::string, std::string>> node_environment = {},
                       const std::string& nats_settings = {});
  ~test_system();

  void start_nats();
  void start_node(); // and waits until it answers
  child_process& nats() { return nats_; }
  child_process& node() { return node_; }
  std::string data() const { return scratch_ / "data"; }
  std::string node_log() const { return read_file(scratch_ / "node.log"); }
  const scratch_directory& scratch() const { return scratch_; }
  static std::string binary(); // of ropewalk

private:
  scratch_directory scratch_;
  std::vector<std::string> node_flags_;
  std::vector<std::pair<std::string, std::string>> node_environment_;
  int port_;
  child_process nats_, node_;
};

} // namespace ropewalk::tests
