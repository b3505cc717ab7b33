#include "tests/support/test_system.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace ropewalk::tests {

std::string test_system::binary() {
  if (const char* given = std::getenv("ROPEWALK_BINARY")) return given;
  return ROPEWALK_BINARY;
}

test_system::test_system(std::vector<std::string> node_flags,
                         std::vector<std::pair<std::string, std::string>> node_environment,
                         const std::string& nats_settings)
    : node_flags_(std::move(node_flags)), node_environment_(std::move(node_environment)), port_(free_port()) {
  std::ofstream(scratch_ / "nats.conf") << nats_settings;
  start_nats();
  connect("nats://127.0.0.1:" + std::to_string(port_));
  start_node();
}

test_system::~test_system() {
  node_.kill_now();
  disconnect();
  nats_.kill_now();
}

void test_system::start_nats() {
  nats_ = child_process({"nats-server", "-c", scratch_ / "nats.conf", "-a", "127.0.0.1", "-p", std::to_string(port_),
                         "-js", "-sd", scratch_ / "nats"},
                        scratch_ / "nats.log");
}

void test_system::start_node() {
  std::vector<std::string> argv{binary(), "node", "--nats", url(), "--data", data(), "--name", "test"};
  argv.insert(argv.end(), node_flags_.begin(), node_flags_.end());
  node_ = child_process(argv, scratch_ / "node.log", node_environment_);
  const bool serving =
      eventually([&] { return ask("rw.node.test.health", {}, {}, std::chrono::milliseconds(300)).code == 200; });
  if (!serving) throw std::runtime_error("the node does not serve:\n" + node_log());
}

} // namespace ropewalk::tests
