#pragma once
// Everything that a case plays on: one nats-server, the echo process, one client connection, and nodes as it needs
// them. All of it lives on this machine, so that baseline and subject share the same cores.

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/child_process.hpp"
#include "bench/load.hpp"
#include "bench/nats_client.hpp"
#include "bench/nats_server.hpp"
#include "bench/ropewalk_node.hpp"

namespace ropewalk::bench {

struct bench_settings {
  std::filesystem::path ropewalk;             ///< the program; empty if only baselines are wanted
  std::filesystem::path data;                 ///< where scratch directories are made; decides which disk is measured
  std::vector<std::string> node_arguments{};  ///< handed to each node as they are
  std::vector<std::size_t> loads{1, 64, 512}; ///< requests in flight of baselines and appends
  std::vector<std::size_t> thread_counts{1, 64, 1000}; ///< that the appends go to in turn
  std::size_t rounds = 3;                              ///< of baseline and subject in turn
  std::chrono::milliseconds measured{3000};
  std::size_t long_messages = 200'000; ///< how many messages stand between the two halves of the long run
};

class stage {
public:
  explicit stage(bench_settings settings);

  const bench_settings& settings() const noexcept { return settings_; }
  nats_connection& client() noexcept { return client_; }
  const std::filesystem::path& directory() const noexcept { return scratch_.path(); }

  /// The plan of a measurement with this many requests in flight.
  load_plan plan(std::size_t in_flight) const noexcept;

  /// What the echo does on `subject` with this body: the baseline.
  load_result measure_echo(std::size_t in_flight, const std::string& subject, const std::string& body);

  /// Started and healthy. Two nodes of one `name` share their data, so the first must have been stopped.
  ropewalk_node start_node(const std::string& name) { return start_node(name, settings_.ropewalk); }
  ropewalk_node start_node(const std::string& name, const std::filesystem::path& program);
  /// One process that does the phases of workflows.
  child_process start_worker() const;

private:
  const bench_settings settings_;
  const scratch_directory scratch_;
  const nats_server server_;
  const child_process echo_;
  nats_connection client_;
};

/// One line to standard error, so that a run of minutes can be followed while the tables go to standard
/// output.
void progress(std::string_view what, const figure& measured);
void progress(std::string_view what);

} // namespace ropewalk::bench
