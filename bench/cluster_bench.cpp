// bench_cluster: what a cluster of three nodes on one NATS server costs, against a node alone and plain JetStream publishes with
// as many in flight in the same run; and how long its partitions stand still when their owner is killed.
//
//   bench_cluster --seconds 3 --rounds 3 --markdown cluster.md

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/child_process.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/load.hpp"
#include "bench/machine.hpp"
#include "bench/markdown.hpp"
#include "bench/statistics.hpp"
#include "bench/thread_workload.hpp"

namespace {

using namespace ropewalk::bench;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t content_bytes = 300;
constexpr std::size_t threads_count = 64;
constexpr std::size_t loads[] = {64, 256};
constexpr const char* levels[] = {"local", "log", "peers"};

struct cluster_settings {
  std::filesystem::path ropewalk = own_directory() / "../cli/ropewalk";
  std::filesystem::path data = std::filesystem::temp_directory_path();
  std::chrono::milliseconds measured{3000};
  std::size_t rounds = 3, kills = 9;
};

// Three nodes with one level where requests ask for nothing; or one node alone.
class nodes {
public:
  nodes(const cluster_settings& settings, const std::filesystem::path& directory, std::string url, std::string level)
      : program_(settings.ropewalk), directory_(directory), url_(std::move(url)), level_(std::move(level)) {
    std::filesystem::create_directories(directory_);
    if (!alone()) {
      std::ofstream(directory_ / "cluster.yaml")
          << "cluster: bench" << level_ << "\nmembers: [n1, n2, n3]\nack: " << level_ << '\n';
      child_process keys({program_.string(), "keyring", "create", "--keyring", keyring()}, directory_ / "keys.log");
      while (keys.running()) std::this_thread::sleep_for(10ms);
    }
    for (int i = 0; i < (alone() ? 1 : 3); ++i) {
      running_.push_back(nullptr);
      start(i);
    }
  }

  bool alone() const { return level_.empty(); }
  void start(int i) {
    const std::string name = "n" + std::to_string(i + 1);
    std::vector<std::string> argv{
        program_.string(),    "node", "--nats", url_, "--data", directory_ / name, "--name", name,
        "--threads-per-user", "0"};
    if (!alone()) argv.insert(argv.end(), {"--cluster", directory_ / "cluster.yaml", "--keyring", keyring()});
    running_[static_cast<std::size_t>(i)] =
        std::make_unique<child_process>(std::move(argv), directory_ / (name + ".log"));
  }
  void kill(int i) { running_[static_cast<std::size_t>(i)]->kill_now(); }
  void stop() {
    for (const auto& n : running_) n->stop(30s);
  }

private:
  std::string keyring() const { return directory_ / "keys.json"; }

  const std::filesystem::path program_, directory_;
  const std::string url_, level_;
  std::vector<std::unique_ptr<child_process>> running_;
};

bool answers(nats_connection& client, const std::string& subject, const std::string& body, int wait_ms) {
  natsMsg* reply = nullptr;
  const auto status = natsConnection_RequestString(&reply, client.get(), subject.c_str(), body.c_str(), wait_ms);
  const bool fine = status == NATS_OK && problem_of(reply).empty();
  natsMsg_Destroy(reply);
  return fine;
}

// Once each is there; a cluster refuses while nobody owns a partition.
void make_threads(nats_connection& client, const thread_group& threads) {
  const auto until = clock_type::now() + 60s;
  for (std::size_t t = 0; t < threads.count; ++t)
    while (!answers(client, threads.subject(t, "create"), R"({"if_absent":true,"limits":{"max_messages":0}})", 2000))
      if (clock_type::now() > until) throw std::runtime_error("the nodes do not serve");
}

figure measure_appends(nats_connection& client, std::size_t in_flight, const cluster_settings& s) {
  const thread_group threads{"c", threads_count};
  const message_set messages{content_bytes};
  make_threads(client, threads);
  const load_plan plan{.in_flight = in_flight, .measured = s.measured};
  return append_to(client, plan, threads, messages).summary();
}

figure measure_publishes(nats_connection& client, std::size_t in_flight, std::size_t run, const cluster_settings& s) {
  const std::string name = "plain_" + std::to_string(run);
  client.ask("$JS.API.STREAM.CREATE." + name,
             nlohmann::json{{"name", name}, {"subjects", {name}}, {"storage", "file"}}.dump(), 10s);
  const std::string record(content_bytes + 150, 'x');
  const load_plan plan{.in_flight = in_flight, .measured = s.measured};
  const figure f = run_load(client, plan, [&](request& out, std::size_t, std::uint64_t) {
                     out.subject = name;
                     out.body = record;
                   }).summary();
  client.ask("$JS.API.STREAM.DELETE." + name, "", 10s);
  return f;
}

section append_section(const cluster_settings& settings) {
  section s{
      .title = "Appends",
      .explanation =
          "300 bytes to 64 threads in turn; *alone*: one node without a cluster; *local*, *log*, *peers*: three nodes, "
          "16 partitions, N = 1, with that level; *publishes*: plain JetStream publishes of as many bytes.",
      .columns = {"in flight", "subject", "per second", "p50", "p99", "of alone", "of local"},
      .rows = {}};
  std::size_t run = 0;
  for (const std::size_t in_flight : loads) {
    std::vector<figure> of[5]; // alone, local, log, peers, publishes
    for (std::size_t round = 0; round < settings.rounds; ++round, ++run) {
      const scratch_directory scratch{settings.data};
      const jetstream_servers nats{scratch.path(), 1};
      nats_connection client{nats.url(), "bench"};
      for (int subject = 0; subject < 4; ++subject) {
        nodes system{settings, scratch.path() / std::to_string(subject), nats.url(),
                     subject == 0 ? "" : levels[subject - 1]};
        of[subject].push_back(measure_appends(client, in_flight, settings));
        std::fprintf(stderr, "%zu in flight, %s: %.0f/s\n", in_flight, subject == 0 ? "alone" : levels[subject - 1],
                     of[subject].back().rate);
        system.stop();
      }
      of[4].push_back(measure_publishes(client, in_flight, run, settings));
    }
    const double alone = median(of[0]).rate, local = median(of[1]).rate;
    constexpr const char* names[] = {"alone", "local", "log", "peers", "publishes"};
    for (int i = 0; i < 5; ++i) {
      const figure f = median(of[i]);
      s.rows.push_back({std::to_string(in_flight), names[i], number_text(f.rate), duration_text(f.p50),
                        duration_text(f.p99), ratio_text(f.rate / alone), ratio_text(f.rate / local)});
    }
  }
  return s;
}

int owner_of(nats_connection& client, int partition) {
  for (int i = 1; i <= 3; ++i) {
    const auto said = nlohmann::json::parse(client.ask("rw.node.n" + std::to_string(i) + ".partitions", "", 5s));
    if (said["partitions"][static_cast<std::size_t>(partition)]["serving"]) return i - 1;
  }
  return -1;
}

// Each thread is asked every few milliseconds from the kill on.
section failover_section(const cluster_settings& settings) {
  const scratch_directory scratch{settings.data};
  const jetstream_servers nats{scratch.path(), 1};
  nats_connection client{nats.url(), "bench"};
  nodes system{settings, scratch.path() / "failover", nats.url(), "peers"};
  const thread_group threads{"f", threads_count};
  const message_set messages{content_bytes};
  make_threads(client, threads);
  std::vector<double> gaps_ms;
  for (std::size_t k = 0; k < settings.kills; ++k) {
    std::this_thread::sleep_for(2s);
    const int victim = owner_of(client, static_cast<int>(k) % 16);
    if (victim < 0) continue;
    const auto killed = clock_type::now();
    system.kill(victim);
    for (std::size_t t = 0; t < threads.count; ++t) {
      bool waited = false;
      while (!answers(client, threads.subject(t, "append"), messages.append_body(t), 100)) waited = true;
      if (waited) gaps_ms.push_back(std::chrono::duration<double, std::milli>(clock_type::now() - killed).count());
    }
    std::fprintf(stderr, "kill %zu: %zu gaps\n", k + 1, gaps_ms.size());
    system.start(victim);
    make_threads(client, threads);
    std::this_thread::sleep_for(3s);
  }
  std::sort(gaps_ms.begin(), gaps_ms.end());
  const auto at = [&](double share) {
    if (gaps_ms.empty()) return std::string("none");
    const auto i = static_cast<std::size_t>(share * static_cast<double>(gaps_ms.size() - 1));
    return duration_text(std::chrono::nanoseconds(static_cast<std::int64_t>(gaps_ms[i] * 1e6)));
  };
  return {.title = "Failover",
          .explanation = "From kill -9 of an owner to the first acknowledged append (`peers`) on a thread of its "
                         "partitions, lease 3 s; "
                         "one client asks 64 threads one after the other, 100 ms each.",
          .columns = {"kills", "waits", "p50", "p99", "max"},
          .rows = {{std::to_string(settings.kills), std::to_string(gaps_ms.size()), at(0.5), at(0.99), at(1)}}};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A cluster of three nodes against one node and plain JetStream publishes in the same run"};
  cluster_settings settings;
  double seconds = 3;
  std::filesystem::path markdown;
  app.add_option("--ropewalk", settings.ropewalk, "the program under test")->capture_default_str();
  app.add_option("--data", settings.data, "directory on the disk to measure")->capture_default_str();
  app.add_option("--seconds", seconds, "length of one measurement")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", settings.rounds, "of all subjects in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--kills", settings.kills, "of owners")->capture_default_str();
  app.add_option("--markdown", markdown, "also write the report to this file");
  CLI11_PARSE(app, argc, argv);
  settings.measured = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  try {
    std::string report = "# Cluster\n\n" + machine_description(settings.data, settings.ropewalk) +
                         ". Medians; servers, nodes and load share the machine.\n\n";
    report += to_markdown(append_section(settings));
    if (settings.kills > 0) report += to_markdown(failover_section(settings));
    std::fputs(report.c_str(), stdout);
    if (!markdown.empty() && !(std::ofstream{markdown} << report))
      throw std::runtime_error("cannot write " + markdown.string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_cluster: %s\n", error.what());
    return 1;
  }
}
