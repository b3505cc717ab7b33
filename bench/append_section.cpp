// Rate and latency of appends at each level, against one node alone and plain JetStream publishes.

#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/cluster_nodes.hpp"
#include "bench/cluster_sections.hpp"
#include "bench/cluster_threads.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/load.hpp"
#include "bench/statistics.hpp"

namespace ropewalk::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t loads[] = {64, full_load};
constexpr const char* levels[] = {"local", "log", "peers"};

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

} // namespace

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
        cluster_nodes nodes{settings,
                            scratch.path() / std::to_string(subject),
                            {.nats_urls = nats.urls(), .level = subject == 0 ? "" : levels[subject - 1]}};
        of[subject].push_back(
            make_and_append_to(client, {.in_flight = in_flight, .measured = settings.measured}, {"c", threads_count})
                .summary());
        std::fprintf(stderr, "%zu in flight, %s: %.0f/s\n", in_flight, subject == 0 ? "alone" : levels[subject - 1],
                     of[subject].back().rate);
        nodes.stop();
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

} // namespace ropewalk::bench
