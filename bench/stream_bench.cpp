// bench_streams: what a fenced record costs on its way into JetStream, against plain publishes to streams of the same
// settings with as many in flight, in turn in the same run.
//
//   bench_streams --seconds 3 --rounds 3 --markdown streams.md

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/fenced_load.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/load.hpp"
#include "bench/machine.hpp"
#include "bench/markdown.hpp"

namespace {

using namespace ropewalk::bench;

constexpr std::chrono::seconds api_time_out{30}; // 16 replicated streams one after the other
constexpr std::size_t sizes[] = {300, 32u << 10};
constexpr std::size_t stream_counts[] = {1, 16};

struct bench_settings {
  std::filesystem::path data = std::filesystem::temp_directory_path();
  std::chrono::milliseconds measured{3000};
  std::size_t rounds = 3;
};

std::string plain_stream(std::size_t run, std::size_t i) {
  return "plain_" + std::to_string(run) + "_" + std::to_string(i);
}

/// Publishes without a fence, one in flight a stream. An error has a JSON body like a success: counted afterwards.
figure measure_plain(nats_connection& client, std::size_t run, const fenced_plan& plan) {
  for (std::size_t i = 0; i < plan.streams; ++i) {
    const std::string name = plain_stream(run, i);
    const nlohmann::json config{
        {"name", name}, {"subjects", {name}}, {"storage", "file"}, {"num_replicas", plan.replicas}};
    client.ask("$JS.API.STREAM.CREATE." + name, config.dump(), api_time_out);
  }
  const std::string record(plan.record_bytes, 'x');
  const load_plan load{.in_flight = plan.streams, .warm_up = plan.warm_up, .measured = plan.measured};
  const load_result result = run_load(client, load, [&](request& out, std::size_t slot, std::uint64_t) {
    out.subject = plain_stream(run, slot);
    out.body = record;
  });
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < plan.streams; ++i) {
    const auto info =
        nlohmann::json::parse(client.ask("$JS.API.STREAM.INFO." + plain_stream(run, i), "", api_time_out));
    stored += info.at("state").at("messages").get<std::uint64_t>();
    client.ask("$JS.API.STREAM.DELETE." + plain_stream(run, i), "", api_time_out);
  }
  if (stored != result.sent) throw std::runtime_error("not every plain publish was stored");
  return result.summary();
}

section measure_on(const bench_settings& settings, int servers) {
  const scratch_directory scratch{settings.data};
  const jetstream_servers nats{scratch.path(), servers};
  nats_connection client{nats.url(), "bench"};
  section s{.title = servers == 1 ? "One server (R1)" : "Three servers (R3)",
            .explanation = "One record in flight a stream; plain: without a fence, by the bench's own client.",
            .columns = {"streams", "record", "fenced/s", "p50", "p99", "plain/s", "plain p50", "of plain"},
            .rows = {}};
  std::size_t run = 0;
  for (const std::size_t streams : stream_counts)
    for (const std::size_t bytes : sizes) {
      std::vector<figure> fenced, plain;
      std::vector<double> ratios;
      for (std::size_t round = 0; round < settings.rounds; ++round, ++run) {
        const fenced_plan plan{.url = nats.url(),
                               .cluster = "b" + std::to_string(run),
                               .replicas = servers,
                               .streams = streams,
                               .record_bytes = bytes,
                               .measured = settings.measured};
        plain.push_back(measure_plain(client, run, plan));
        fenced.push_back(measure_fenced(plan));
        ratios.push_back(fenced.back().rate / plain.back().rate);
      }
      const figure f = median(fenced), p = median(plain);
      s.rows.push_back({std::to_string(streams), bytes_text(static_cast<double>(bytes)), number_text(f.rate),
                        duration_text(f.p50), duration_text(f.p99), number_text(p.rate), duration_text(p.p50),
                        ratio_text(median(ratios))});
      std::fprintf(stderr, "%d server(s), %zu stream(s), %zu B: %.0f/s\n", servers, streams, bytes, f.rate);
    }
  return s;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Fenced publishes to JetStream against plain ones in the same run"};
  bench_settings settings;
  double seconds = 3;
  std::filesystem::path markdown;
  app.add_option("--data", settings.data, "directory on the disk to measure")->capture_default_str();
  app.add_option("--seconds", seconds, "length of one measurement")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--rounds", settings.rounds, "of plain and fenced in turn")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--markdown", markdown, "also write the report to this file");
  CLI11_PARSE(app, argc, argv);
  settings.measured = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  try {
    std::string report = "# Streams: fenced publishes\n\n" + machine_description(settings.data, {}) +
                         ". Medians; servers and load share the machine.\n\n";
    for (const int servers : {1, 3}) report += to_markdown(measure_on(settings, servers));
    std::fputs(report.c_str(), stdout);
    if (!markdown.empty() && !(std::ofstream{markdown} << report))
      throw std::runtime_error("cannot write " + markdown.string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_streams: %s\n", error.what());
    return 1;
  }
}
