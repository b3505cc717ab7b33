// bench_cluster: what a cluster of three nodes costs, against a node alone and plain JetStream publishes with as many in flight in
// the same run; how long its partitions stand still when their owner, or the server that leads their streams, is killed; how fast a
// member that lost its disk learns everything again; and how far replicas are behind.
//
//   bench_cluster --seconds 3 --rounds 3 --markdown cluster.md
//   bench_cluster --only stream_failover --kills 9

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/cluster_sections.hpp"
#include "bench/machine.hpp"

namespace {

using namespace ropewalk::bench;

struct named_section {
  const char* name;
  section (*measure)(const cluster_settings&);
  bool kills; // nothing to measure without
};

constexpr named_section sections[] = {
    {"appends", append_section, false},
    {"failover", failover_section, true},
    {"stream_failover", stream_failover_section, true},
    {"catch_up", catch_up_section, false},
    {"replica_lag", replica_lag_section, false},
};

std::set<std::string> section_names() {
  std::set<std::string> names;
  for (const auto& s : sections) names.insert(s.name);
  return names;
}

bool is_wanted(const named_section& s, const std::vector<std::string>& only, const cluster_settings& settings) {
  if (s.kills && settings.kills == 0) return false;
  return only.empty() || std::find(only.begin(), only.end(), s.name) != only.end();
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A cluster of three nodes against one node, plain JetStream and itself in the same run"};
  cluster_settings settings;
  std::vector<std::string> only;
  double seconds = 3;
  std::filesystem::path markdown;
  app.add_option("--ropewalk", settings.ropewalk, "the program under test")->capture_default_str();
  app.add_option("--data", settings.data, "directory on the disk to measure")->capture_default_str();
  app.add_option("--only", only, "sections to run (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(section_names()));
  app.add_option("--seconds", seconds, "length of one measurement")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", settings.rounds, "of all subjects in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--kills", settings.kills, "of owners, and of streams' leaders")->capture_default_str();
  app.add_option("--catch-up-entries", settings.catch_up_entries, "appended before a member loses its disk")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--markdown", markdown, "also write the report to this file");
  CLI11_PARSE(app, argc, argv);
  settings.measured = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  try {
    std::string report = "# Cluster\n\n" + machine_description(settings.data, settings.ropewalk) +
                         ". Medians; servers, nodes and load share the machine.\n\n";
    for (const auto& s : sections)
      if (is_wanted(s, only, settings)) report += to_markdown(s.measure(settings));
    std::fputs(report.c_str(), stdout);
    if (!markdown.empty() && !(std::ofstream{markdown} << report))
      throw std::runtime_error("cannot write " + markdown.string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_cluster: %s\n", error.what());
    return 1;
  }
}
