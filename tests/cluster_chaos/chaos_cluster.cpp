#include "tests/cluster_chaos/chaos_cluster.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "tests/support/eventually.hpp"
#include "tests/support/full_account.hpp"

namespace ropewalk::chaos {

using namespace std::chrono_literals;
using nlohmann::json;
using tests::answer;

namespace {
constexpr int ended_without_connection = 6; // cli/exit_code.hpp: unavailable
constexpr int built_without_failpoints = 501;
constexpr int killed_at_failpoint = 128 + SIGKILL;
} // namespace

std::string ropewalk_program() {
  const char* given = std::getenv("ROPEWALK_BINARY");
  return given ? given : ROPEWALK_BINARY;
}

std::string faults_library() {
  const char* given = std::getenv("ROPEWALK_FAULTS_LIBRARY");
  return given ? given : ROPEWALK_FAULTS_LIBRARY;
}

chaos_nats::chaos_nats(int servers) {
  servers_ = std::make_unique<tests::nats_servers>(
      servers,
      [this](int from, int to, int port) {
        routes_.push_back({from, to, std::make_unique<tcp_proxy>(port)});
        return routes_.back().link->port();
      },
      std::vector<std::string>{"-c", tests::limited_account(settings_, 48 * servers)});
}

std::vector<chaos_nats::route> chaos_nats::routes_of(int server) {
  std::vector<route> all;
  for (one_way& r : routes_) {
    if (r.from == server) all.push_back({r.link.get(), tcp_proxy::to_server});
    if (r.to == server) all.push_back({r.link.get(), tcp_proxy::to_client});
  }
  return all;
}

void chaos_nats::heal() {
  for (one_way& r : routes_) r.link->heal();
}

chaos_cluster::chaos_cluster(chaos_nats& nats, cluster_shape shape) : shape_(std::move(shape)), nats_(nats) {
  std::ofstream file(scratch_ / "cluster.yaml");
  file << "cluster: " << shape_.id << "\nmembers: [";
  for (int i = 0; i < shape_.nodes; ++i) file << (i ? ", " : "") << node_name(i);
  file << "]\npartitions: " << shape_.partitions << "\nack: peers\nlease: " << shape_.lease
       << "\nstream_replicas: " << nats_.count() << '\n';
  file.close();
  tests::child_process keys({ropewalk_program(), "keyring", "create", "--keyring", scratch_ / "keys.json"},
                            scratch_ / "keyring.log");
  if (keys.wait(20s) != 0) throw std::runtime_error("no keyring: " + tests::read_file(scratch_ / "keyring.log"));
  connect(nats_.servers().url());
  members_.resize(static_cast<std::size_t>(shape_.nodes));
  for (int i = 0; i < shape_.nodes; ++i) {
    for (int s = 0; s < nats_.count(); ++s)
      at(i).links.push_back(std::make_unique<tcp_proxy>(nats_.servers()[s].port(), tcp_proxy::nats));
    at(i).faults =
        std::make_unique<tests::fault_plan_file>(scratch_ / (node_name(i) + ".faults"), tests::fault_plan_file::fresh);
    std::strcpy(at(i).faults->plan().file_part, ".db");
    if (shape_.faked_clocks) at(i).clock = std::make_unique<tests::faked_clock>();
    start(i);
  }
  std::string missing;
  if (!wait_settled(90s, missing)) throw std::runtime_error("the cluster does not serve: " + missing + "\n" + log(0));
}

chaos_cluster::~chaos_cluster() {
  for (int i = 0; i < nodes(); ++i) kill(i);
  disconnect();
}

void chaos_cluster::note_end(int i) {
  const int code = node(i).running() ? 0 : node(i).wait(0ms);
  if (code <= 128 || code == 128 + SIGKILL || code == 128 + SIGTERM) return;
  const std::string text = log(i);
  crashes_.push_back(node_name(i) + " ended by signal " + std::to_string(code - 128) + ":\n" +
                     text.substr(text.size() > 2000 ? text.size() - 2000 : 0));
}

bool chaos_cluster::all_up() {
  bool up = true;
  for (int i = 0; i < nodes(); ++i) {
    node(i).signal(SIGCONT);
    const int code = node(i).running() ? 0 : node(i).wait(0ms);
    if (code == ended_without_connection || code == killed_at_failpoint) start(i);
    up = up && node(i).running() && ask_node(i, "health").code == 200 && disarm(i);
  }
  return up;
}

bool chaos_cluster::disarm(int i) {
  const int code = ask_node(i, "fault", {{"points", ""}}).code;
  return code == 200 || code == built_without_failpoints;
}

std::vector<std::string> chaos_cluster::take_crashes() { return std::exchange(crashes_, {}); }

void chaos_cluster::start(int i, const std::string& failpoints) {
  note_end(i);
  std::vector<std::pair<std::string, std::string>> environment{
      {"LD_PRELOAD", faults_library()}, {"ROPEWALK_FAULTS", scratch_ / (node_name(i) + ".faults")}};
  if (shape_.faked_clocks)
    for (auto [name, value] : at(i).clock->environment()) {
      if (name == "LD_PRELOAD") environment.front().second += ":" + value;
      else environment.emplace_back(name, value);
    }
  if (!failpoints.empty()) environment.emplace_back("ROPEWALK_FAILPOINTS", failpoints);
  std::string urls;
  for (const auto& link : at(i).links)
    urls += (urls.empty() ? "" : ",") + ("nats://127.0.0.1:" + std::to_string(link->port()));
  node(i) = tests::child_process({ropewalk_program(), "node", "--nats", urls, "--prefix", shape_.prefix, "--data",
                                  data(i), "--name", node_name(i), "--cluster", scratch_ / "cluster.yaml", "--keyring",
                                  scratch_ / "keys.json"},
                                 data(i) + ".log", environment);
}

void chaos_cluster::kill(int i) {
  const pid_t pid = node(i).pid();
  note_end(i);
  node(i).kill_now();
  if (shape_.faked_clocks && pid > 0) tests::faked_clock::clean_up_after(pid);
}

answer chaos_cluster::ask_node(int i, const std::string& verb, const json& body, std::chrono::milliseconds timeout) {
  return ask(shape_.prefix + ".node." + node_name(i) + "." + verb, body, {}, timeout);
}

std::string chaos_cluster::unsettled() {
  std::vector<json> said;
  for (int i = 0; i < nodes(); ++i) {
    const std::string name = node_name(i);
    if (!node(i).running()) return name + " does not run";
    const answer health = ask_node(i, "health");
    if (health.code != 200 || health.body.value("status", "") != "ok")
      return name + " is not well: " + std::to_string(health.code) + " " + health.body.dump();
    const answer partitions = ask_node(i, "partitions"), status = ask_node(i, "status");
    if (partitions.code != 200 || status.code != 200) return name + " does not answer";
    if (status.body.at("views").at("lag") != 0) return name + "'s views lag";
    said.push_back(partitions.body.at("partitions"));
  }
  for (std::size_t p = 0; p < said.front().size(); ++p) {
    int serving = 0;
    const json& first = said.front()[p];
    for (const json& member : said) {
      const json& facts = member[p];
      serving += facts.at("serving").get<bool>() ? 1 : 0;
      if (!facts.at("standing").get<bool>() || facts.at("head") != first.at("head") ||
          facts.at("durable") != facts.at("head") || facts.at("accepted") != facts.at("head"))
        serving = -100;
    }
    if (serving == 1) continue;
    std::string all = "partition " + std::to_string(p) + ":";
    for (const json& member : said) all += " " + member[p].dump();
    return all;
  }
  return "";
}

bool chaos_cluster::wait_settled(std::chrono::seconds patience, std::string& missing) {
  int still = 0;
  return tests::eventually(
      [&] {
        missing = unsettled();
        still = missing.empty() ? still + 1 : 0;
        if (still < 3) std::this_thread::sleep_for(200ms);
        return still >= 3;
      },
      patience);
}

} // namespace ropewalk::chaos
