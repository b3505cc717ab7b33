#pragma once
// One `ropewalk node` as a child process, and what the kernel knows of it.
//
//   ropewalk_node node{{.program = "ropewalk", .nats_url = server.url(), .data = dir / "data"}, client};
//   node.resident_bytes();
//   node.stop();

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/child_process.hpp"
#include "bench/nats_client.hpp"

namespace ropewalk::bench {

struct node_options {
  std::filesystem::path program;
  std::string nats_url;
  std::filesystem::path data; ///< created if need be; a second node started on it finds what the first one wrote
  std::vector<std::string> extra_arguments;
};

class ropewalk_node {
public:
  /// Returns when the node answers `rw.node.bench.health` over `client`'s connection.
  ropewalk_node(const node_options& options, nats_connection& client);

  /// While an exception ends the run, prints the end of the node's log: it says why, and its file goes next.
  ~ropewalk_node();
  ropewalk_node(const ropewalk_node&) = delete;
  ropewalk_node& operator=(const ropewalk_node&) = delete;

  /// From the start of the process to its first answer.
  std::chrono::milliseconds start_time() const noexcept { return start_time_; }

  /// VmRSS.
  std::uint64_t resident_bytes() const;

  /// Of all its threads, user and kernel, since it began.
  std::chrono::duration<double> processor_time() const;

  /// Until the node uses hardly any processor any more: its views have caught up, its timers are quiet. Gives
  /// the time that this took. Without it the next measurement, of a baseline too, would share the machine
  /// with what the one before left to be done, and a slow baseline flatters. Throws if the node is still busy
  /// after two minutes.
  std::chrono::duration<double> wait_until_idle() const;

  void stop() { process_.stop(std::chrono::seconds{30}); }
  void kill_now() { process_.kill_now(); }

private:
  child_process process_;
  std::chrono::milliseconds start_time_{0};
};

} // namespace ropewalk::bench
