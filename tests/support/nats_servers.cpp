#include "tests/support/nats_servers.hpp"

#include <filesystem>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "transport/nats_connection.hpp"

namespace ropewalk::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds ready_wait{60};

std::string server_name(int i) { return "n" + std::to_string(i); }

std::string route(int port) { return "nats://127.0.0.1:" + std::to_string(port); }

void replace_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  if (fs::exists(from)) fs::copy(from, to, fs::copy_options::recursive);
}

} // namespace

nats_servers::nats_servers(int count, const route_through& through) {
  std::vector<int> ports;
  for (int i = 0; i < count; ++i) ports.push_back(free_port());
  for (int i = 0; i < count; ++i) {
    std::string routes;
    for (int to = 0; to < count; ++to) {
      if (through && to == i) continue;
      const int port = ports[static_cast<std::size_t>(to)];
      routes += (routes.empty() ? "" : ",") + route(through ? through(i, to, port) : port);
    }
    std::vector<std::string> more;
    if (count > 1)
      more = {"-n",       server_name(i), "--cluster_name",
              "tests",    "--cluster",    route(ports[static_cast<std::size_t>(i)]),
              "--routes", routes};
    // What servers tell each other of further ways ends at a port where nobody listens.
    if (count > 1 && through)
      for (const char* word : {"--no_advertise", "--cluster_advertise", "127.0.0.1:1"}) more.emplace_back(word);
    servers_.push_back(std::make_unique<nats_server_process>(std::move(more)));
  }
  wait_ready();
}

std::string nats_servers::url() const {
  std::string all;
  for (const auto& s : servers_) all += (all.empty() ? "" : ",") + s->url();
  return all;
}

std::string nats_servers::ask(const std::string& subject, const std::string& body) const {
  const auto nc = transport::nats_connection::connect({.url = url(), .wait_for_server = false});
  if (!nc) return {};
  const auto answer = (*nc)->request(subject, {}, body, std::chrono::seconds(2));
  return answer ? std::string(answer->body()) : std::string{};
}

int nats_servers::leader_of(const std::string& stream) const {
  const auto answer = nlohmann::json::parse(ask("$JS.API.STREAM.INFO." + stream), nullptr, false);
  if (!answer.is_object() || !answer.contains("config")) return -1;
  if (count() == 1) return 0;
  const std::string leader = answer.value("cluster", nlohmann::json::object()).value("leader", "");
  for (int i = 0; i < count(); ++i)
    if (leader == server_name(i)) return i;
  return -1;
}

// A cluster has a leader before that knows all of its servers: a stream on all of them is the proof.
void nats_servers::wait_ready() const {
  const auto give_up = std::chrono::steady_clock::now() + ready_wait;
  const std::string probe = R"({"name":"READY","subjects":["ready"],"num_replicas":)" + std::to_string(count()) + "}";
  while (!nlohmann::json::parse(ask("$JS.API.STREAM.CREATE.READY", probe), nullptr, false).contains("config")) {
    if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("JetStream does not get ready");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ask("$JS.API.STREAM.DELETE.READY");
}

void nats_servers::kill_all() {
  for (const auto& s : servers_) s->kill();
}

void nats_servers::start_all() {
  for (const auto& s : servers_)
    if (!s->running()) s->start();
}

void nats_servers::wipe_stores() {
  for (const auto& s : servers_) fs::remove_all(s->store());
}

void nats_servers::copy_stores() {
  for (int i = 0; i < count(); ++i)
    replace_folder(servers_[static_cast<std::size_t>(i)]->store(), copies_ / server_name(i));
}

void nats_servers::put_back_stores() {
  for (int i = 0; i < count(); ++i)
    replace_folder(copies_ / server_name(i), servers_[static_cast<std::size_t>(i)]->store());
}

} // namespace ropewalk::tests
