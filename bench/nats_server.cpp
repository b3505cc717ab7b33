#include "bench/nats_server.hpp"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

namespace ropewalk::bench {

namespace {

constexpr std::chrono::seconds start_time_out{30}; // one that is started again reads its streams first

/// Port -1 lets the server bind a free one and say in a file which: nothing can take the port in between.
std::vector<std::string> arguments(const std::filesystem::path& directory, jetstream wanted,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> argv{"nats-server", "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", directory.string()};
  if (wanted == jetstream::on) argv.insert(argv.end(), {"-js", "-sd", (directory / "jetstream").string()});
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

/// Empty while the file is not there, or not yet complete.
std::string url_in(const std::filesystem::path& ports_file) {
  std::ifstream in{ports_file};
  const auto ports = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (ports.is_discarded()) return {};
  return ports.at("nats").at(0).get<std::string>();
}

} // namespace

nats_server::nats_server(const std::filesystem::path& directory, jetstream wanted, const std::vector<std::string>& more)
    : process_(arguments(directory, wanted, more), directory / "nats-server.log") {
  const auto ports_file = directory / ("nats-server_" + std::to_string(process_.pid()) + ".ports");
  const auto deadline = std::chrono::steady_clock::now() + start_time_out;
  while ((url_ = url_in(ports_file)).empty()) {
    process_.require_running("nats-server to listen");
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("nats-server does not listen:\n" + process_.log_tail());
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
}

} // namespace ropewalk::bench
