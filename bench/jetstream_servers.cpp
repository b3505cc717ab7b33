#include "bench/jetstream_servers.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "bench/nats_client.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::chrono::seconds ready_time_out{60};

/// The servers must know each other's routes before they start, so these cannot be left to them.
std::string free_route() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return "nats://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
}

/// A cluster has a leader before that knows all of its servers: a stream on all of them is the proof.
bool makes_streams(const std::string& url, int replicas) {
  nats_connection client{url, "bench-ready"};
  const auto probe = R"({"name":"READY","subjects":["ready"],"num_replicas":)" + std::to_string(replicas) + "}";
  try {
    const auto made = client.ask("$JS.API.STREAM.CREATE.READY", probe, std::chrono::seconds{2});
    if (made.find("\"config\"") == std::string::npos) return false;
    client.ask("$JS.API.STREAM.DELETE.READY", "", std::chrono::seconds{2});
    return true;
  } catch (const std::runtime_error&) {
    return false; // no leader yet
  }
}

} // namespace

jetstream_servers::jetstream_servers(const std::filesystem::path& directory, int count) {
  std::vector<std::string> routes;
  std::string all;
  for (int i = 0; i < count; ++i) all += (i ? "," : "") + routes.emplace_back(free_route());
  for (int i = 0; i < count; ++i) {
    const std::string name = "n" + std::to_string(i);
    std::filesystem::create_directories(directory / name);
    std::vector<std::string> more;
    if (count > 1)
      more = {"-n", name, "--cluster_name", "bench", "--cluster", routes[static_cast<std::size_t>(i)], "--routes", all};
    servers_.push_back(std::make_unique<nats_server>(directory / name, jetstream::on, more));
  }
  const auto give_up = std::chrono::steady_clock::now() + ready_time_out;
  while (!makes_streams(url(), count)) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("JetStream does not get ready");
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

std::string jetstream_servers::url() const { return servers_.front()->url(); }

} // namespace ropewalk::bench
