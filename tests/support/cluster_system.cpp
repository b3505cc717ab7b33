#include "tests/support/cluster_system.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "storage/journal_reader.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/test_system.hpp"

namespace ropewalk::tests {

using namespace std::chrono_literals;

cluster_system::cluster_system(cluster_shape shape)
    : shape_(std::move(shape)), nats_(shape_.nats_servers, {}, shape_.nats_arguments) {
  child_process keys({test_system::binary(), "keyring", "create", "--keyring", scratch_ / "keys.json"},
                     scratch_ / "keyring.log");
  if (keys.wait(20s) != 0) throw std::runtime_error("no keyring: " + read_file(scratch_ / "keyring.log"));
  connect(nats_.url());
  id_ = shape_.alone_first ? begin_alone() : "test";
  name_members(shape_.nodes);
  nodes_.resize(static_cast<std::size_t>(shape_.nodes));
  for (int i = 0; shape_.metrics && i < shape_.nodes; ++i) metrics_ports_.push_back(free_port());
  for (int i = 0; i < shape_.nodes; ++i) start(i);
  if (!wait_serving()) throw std::runtime_error("the cluster does not serve:\n" + log(0) + log(1));
}

cluster_system::~cluster_system() {
  for (child_process& n : nodes_) n.kill_now();
  disconnect();
}

void cluster_system::name_members(int count) {
  std::ofstream file(scratch_ / "cluster.yaml");
  file << "cluster: " << id_ << "\nmembers: [";
  for (int i = 1; i <= count; ++i) file << (i == 1 ? "n" : ", n") << i;
  file << "]\npartitions: " << shape_.partitions << "\nack: " << shape_.ack << "\nlease: " << shape_.lease
       << "\nstream_replicas: " << (shape_.nats_servers >= 3 ? 3 : 1) << '\n';
}

std::vector<std::string> cluster_system::command_of(int i, const std::string& keyring) const {
  const std::string name = "n" + std::to_string(i + 1);
  std::vector<std::string> command{test_system::binary(),
                                   "node",
                                   "--nats",
                                   nats_.url(),
                                   "--data",
                                   data(i),
                                   "--name",
                                   name,
                                   "--cluster",
                                   scratch_ / "cluster.yaml",
                                   "--keyring",
                                   scratch_ / keyring};
  if (shape_.metrics) {
    command.push_back("--metrics");
    command.push_back("127.0.0.1:" + std::to_string(metrics_port(i)));
  }
  return command;
}

void cluster_system::start(int i, const std::string& keyring) {
  node(i) = child_process(command_of(i, keyring), data(i) + ".log");
}

void cluster_system::start_to_fail(int i, const std::string& failpoints) {
  node(i) = child_process(command_of(i, "keys.json"), data(i) + ".log", {{"ROPEWALK_FAILPOINTS", failpoints}});
}

void cluster_system::kill(int i) {
  node(i).kill_now();
  const std::string own = "rw.node.n" + std::to_string(i + 1) + ".health";
  if (!eventually([&] { return ask(own, {}, {}, 300ms).code == 503; }, 10s))
    throw std::runtime_error("NATS does not notice that n" + std::to_string(i + 1) + " is dead");
}

std::string cluster_system::begin_alone() {
  child_process first({test_system::binary(), "node", "--nats", nats_.url(), "--data", data(0), "--name", "n1",
                       "--keyring", scratch_ / "keys.json"},
                      data(0) + ".log");
  if (!eventually(
          [&] {
            return thread("before", "create", {{"if_absent", true}}).code == 200;
          },
          60s) ||
      thread("before", "append", user_message("alone")).code != 200)
    throw std::runtime_error("a node alone does not serve:\n" + log(0));
  const std::string id = ask("rw.node.n1.status", nlohmann::json::object()).body["cluster"].get<std::string>();
  if (first.stop() != 0) throw std::runtime_error("a node alone does not stop:\n" + log(0));
  return id;
}

int cluster_system::add_node() {
  nodes_.emplace_back();
  start(nodes() - 1);
  return nodes() - 1;
}

void cluster_system::wipe(int i) { std::filesystem::remove_all(data(i)); }

bool cluster_system::wait_serving(std::chrono::seconds patience) {
  for (int i = 0; i < nodes(); ++i)
    if (!eventually([&] { return ask("rw.node.n" + std::to_string(i + 1) + ".health", {}, {}, 300ms).code == 200; },
                    patience))
      return false;
  // Ids that spread over all partitions.
  for (int t = 0; t < 8 * shape_.partitions; ++t)
    if (!eventually(
            [&] {
              const int code = thread("probe" + std::to_string(t), "create", {{"if_absent", true}}).code;
              return code == 200;
            },
            patience))
      return false;
  for (int i = 0; i < nodes(); ++i)
    if (!eventually([&] { return stands(i); }, patience)) return false;
  return true;
}

bool cluster_system::stands(int i) {
  const answer said = ask("rw.node.n" + std::to_string(i + 1) + ".partitions", nlohmann::json::object());
  if (said.code != 200) return false;
  const nlohmann::json& all = said.body.at("partitions");
  return std::all_of(all.begin(), all.end(), [](const nlohmann::json& p) {
    return p.at("standing").get<bool>() || p.at("stage") == "removed";
  });
}

std::string cluster_system::chains_agree(std::vector<int> which) {
  if (which.empty())
    for (int i = 0; i < nodes(); ++i) which.push_back(i);
  const auto heads = [&] {
    std::vector<std::string> all;
    for (const int i : which) {
      auto reader = storage::journal_reader::open(data(i) + "/journal.db");
      auto last = reader ? reader->last_position() : result<std::uint64_t>(reader.error());
      all.push_back(last ? std::to_string(*last) : last.error().detail);
    }
    return all;
  };
  auto before = heads();
  for (int still = 0, tries = 0; still < 4 && tries < 100; ++tries) {
    std::this_thread::sleep_for(500ms);
    auto now = heads();
    still = now == before ? still + 1 : 0;
    before = std::move(now);
  }
  // At once: one that stops in peace hands over, which the others would record without it.
  for (const int i : which) node(i).signal(SIGSTOP);
  for (const int i : which) node(i).kill_now();
  std::vector<storage::partition_head> first;
  for (const int i : which) {
    const std::string name = "n" + std::to_string(i + 1);
    auto reader = storage::journal_reader::open(data(i) + "/journal.db");
    if (!reader) return name + ": " + reader.error().detail;
    const auto report = reader->verify_chain();
    if (!report) return name + ": " + report.error().detail;
    if (report->first_bad)
      return name + ": partition " + std::to_string(report->first_bad->partition.value) + " index " +
             std::to_string(report->first_bad->index) + ": " + report->first_bad->why;
    if (i == which.front()) first = report->heads;
    for (std::size_t p = 0; p < report->heads.size(); ++p)
      if (report->heads[p].index != first[p].index || report->heads[p].hash != first[p].hash)
        return name + " ends partition " + std::to_string(p) + " at " + std::to_string(report->heads[p].index) +
               ", the first at " + std::to_string(first[p].index) +
               (report->heads[p].index == first[p].index ? " with another hash" : "");
  }
  return "";
}

} // namespace ropewalk::tests
