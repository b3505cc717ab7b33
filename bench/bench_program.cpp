#include "bench/bench_program.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "bench/machine.hpp"

namespace ropewalk::bench {

namespace {

constexpr std::size_t long_run_messages = 1'000'000;

std::set<std::string> case_names(const bench_program& program) {
  std::set<std::string> names;
  for (const auto& c : program.cases) names.insert(c.name);
  return names;
}

std::string run_cases(const bench_program& program, bench_settings settings, const std::vector<std::string>& only) {
  std::vector<bench_case> wanted;
  for (const auto& c : program.cases)
    if (only.empty() ? c.by_default : std::find(only.begin(), only.end(), c.name) != only.end()) wanted.push_back(c);
  const bool needs_node = std::any_of(wanted.begin(), wanted.end(), [](const auto& c) { return c.needs_node; });
  if (!needs_node) settings.ropewalk.clear();
  if (needs_node && !std::filesystem::exists(settings.ropewalk))
    throw std::runtime_error("no program at " + settings.ropewalk.string() + "; name it with --ropewalk");

  std::string report = "# " + std::string(program.title) + "\n\n" +
                       machine_description(settings.data, settings.ropewalk) + ". Medians of " +
                       std::to_string(settings.rounds) + " rounds of " + std::to_string(settings.measured.count()) +
                       " ms, baseline and subject in turn; server, node and load share the machine.\n\n";
  stage on{std::move(settings)};
  for (const auto& c : wanted)
    for (const auto& s : c.measure(on)) report += to_markdown(s);
  return report;
}

} // namespace

int run_bench(const bench_program& program, int argc, char** argv) {
  CLI::App app{program.about};
  bench_settings settings{.ropewalk = own_directory().parent_path() / "cli" / "ropewalk",
                          .data = std::filesystem::temp_directory_path()};
  std::vector<std::string> only;
  double seconds = 3;
  bool long_run = false;
  std::filesystem::path markdown;
  app.add_option("--ropewalk", settings.ropewalk, "the program under test")->capture_default_str();
  app.add_option("--data", settings.data, "directory on the disk to measure")->capture_default_str();
  app.add_option("--only", only, "cases to run (default: all that measure a node)")
      ->delimiter(',')
      ->check(CLI::IsMember(case_names(program)));
  app.add_option("--seconds", seconds, "length of one measurement")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", settings.rounds, "of baseline and subject in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--in-flight", settings.loads, "requests in flight of baselines and appends")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", settings.thread_counts, "that the appends go to in turn")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--long", long_run, "1,000,000 messages in the long run instead of 200,000");
  app.add_option("--node-arg", settings.node_arguments, "handed to each node, may be repeated");
  app.add_option("--markdown", markdown, "also write the report to this file");
  CLI11_PARSE(app, argc, argv);

  settings.measured = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  if (long_run) settings.long_messages = long_run_messages;
  try {
    const auto report = run_cases(program, std::move(settings), only);
    std::fputs(report.c_str(), stdout);
    if (!markdown.empty() && !(std::ofstream{markdown} << report))
      throw std::runtime_error("cannot write " + markdown.string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program.name, error.what());
    return 1;
  }
  return 0;
}

} // namespace ropewalk::bench
