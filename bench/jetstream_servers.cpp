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
    place& p = servers_.emplace_back();
    p.name = "n" + std::to_string(i);
    p.directory = directory / p.name;
    std::filesystem::create_directories(p.directory);
    if (count > 1)
      p.arguments = {"-n",       p.name, "--cluster_name", "bench", "--cluster", routes[static_cast<std::size_t>(i)],
                     "--routes", all};
    p.running = std::make_unique<nats_server>(p.directory, jetstream::on, p.arguments);
    p.url = p.running->url();
    p.arguments.insert(p.arguments.end(), {"-p", p.url.substr(p.url.rfind(':') + 1)}); // the last one counts
  }
  const auto give_up = std::chrono::steady_clock::now() + ready_time_out;
  while (!makes_streams(url(), count)) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("JetStream does not get ready");
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

std::string jetstream_servers::url(int server) const { return servers_.at(static_cast<std::size_t>(server)).url; }

std::string jetstream_servers::urls() const {
  std::string all;
  for (const place& p : servers_) all += (all.empty() ? "" : ",") + p.url;
  return all;
}

int jetstream_servers::named(const std::string& name) const {
  for (int i = 0; i < count(); ++i)
    if (servers_[static_cast<std::size_t>(i)].name == name) return i;
  return -1;
}

void jetstream_servers::kill(int server) { servers_.at(static_cast<std::size_t>(server)).running->kill_now(); }

void jetstream_servers::start(int server) {
  place& p = servers_.at(static_cast<std::size_t>(server));
  p.running.reset();
  p.running = std::make_unique<nats_server>(p.directory, jetstream::on, p.arguments);
}

} // namespace ropewalk::bench
