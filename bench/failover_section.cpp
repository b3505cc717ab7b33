// How long partitions stand still when their owner is killed.

#include <cstdio>
#include <stdexcept>
#include <thread>

#include "bench/cluster_nodes.hpp"
#include "bench/cluster_sections.hpp"
#include "bench/cluster_threads.hpp"
#include "bench/first_answers.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/partition_stands.hpp"

namespace ropewalk::bench {

namespace {

using namespace std::chrono_literals;

constexpr double lease_s = 3;
constexpr asking_plan asking{.every = 50ms, .patience = 60s};

} // namespace

section failover_section(const cluster_settings& settings) {
  const scratch_directory scratch{settings.data};
  const jetstream_servers nats{scratch.path(), 1};
  nats_connection client{nats.url(), "bench"};
  cluster_nodes nodes{settings, scratch.path() / "failover", {.nats_urls = nats.urls(), .level = "peers"}};
  const thread_group threads{"f", threads_count};
  const std::vector<std::size_t> thread_of = thread_in_each_partition(threads);
  const message_set messages{content_bytes};
  make_threads(client, threads);
  latency_histogram waits;
  for (std::size_t k = 0; k < settings.kills; ++k) {
    wait_in_step(client);
    const auto before = stands(client);
    const int victim = owner_of(before, static_cast<int>(k) % partitions_count);
    if (victim < 0) throw std::runtime_error("a partition lost its owner before the kill");
    std::vector<question> appends;
    for (int p = 0; p < partitions_count; ++p)
      if (owner_of(before, p) == victim)
        appends.push_back({threads.subject(thread_of[static_cast<std::size_t>(p)], "append"), messages.append_body(k)});
    nodes.kill(victim);
    for (const auto& answer : first_answers(client, appends, asking)) {
      if (!answer) throw std::runtime_error("a partition does not come back after its owner was killed");
      waits.record(answer->after);
    }
    std::fprintf(stderr, "kill %zu: %zu waits\n", k + 1, appends.size());
    nodes.start(victim);
  }
  const double longest = std::chrono::duration<double>(waits.max()).count();
  return {.title = "Failover",
          .explanation =
              "From kill -9 of an owner to the first acknowledged append (`peers`) on a thread of each of its "
              "partitions, lease 3 s; all of them are asked at once, every 50 ms. *of lease*: max / lease.",
          .columns = {"kills", "waits", "p50", "p99", "max", "of lease"},
          .rows = {{std::to_string(settings.kills), std::to_string(waits.count()), duration_text(waits.percentile(0.5)),
                    duration_text(waits.percentile(0.99)), duration_text(waits.max()), ratio_text(longest / lease_s)}}};
}

} // namespace ropewalk::bench
