#pragma once
// One nats-server, or several that are a JetStream cluster, as children of the test.
//
//   nats_servers servers(3);
//   connect(servers.url());
//   servers[servers.leader_of("RW_x")].kill();

#include <functional>
#include <memory>
#include <vector>

#include "tests/support/nats_server_process.hpp"

namespace ropewalk::tests {

class nats_servers {
public:
  // The port at which server `from` reaches the port of server `to` for the servers among themselves.
  using route_through = std::function<int(int from, int to, int port)>;

  // JetStream makes streams on all of them; throws std::runtime_error. With routes of the test's own they know no other way to
  // each other, and tell clients of none.
  explicit nats_servers(int count, const route_through& through = {}, const std::vector<std::string>& arguments = {});

  int count() const noexcept { return static_cast<int>(servers_.size()); }
  nats_server_process& operator[](int i) { return *servers_.at(static_cast<std::size_t>(i)); }
  std::string url() const; // of all, with commas

  // Which one leads the stream; -1: none does.
  int leader_of(const std::string& stream) const;

  void kill_all();
  void start_all(); // those that do not run
  // Only while none runs.
  void wipe_stores();
  void copy_stores();     // into a folder of the test's own
  void put_back_stores(); // what copy_stores() took
  std::string ask(const std::string& subject, const std::string& body = {}) const; // "" without an answer

private:
  void wait_ready() const;

  std::vector<std::unique_ptr<nats_server_process>> servers_;
  scratch_directory copies_;
};

} // namespace ropewalk::tests
