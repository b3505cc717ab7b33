// How long partitions stand still when the server that leads their streams is killed: an election by JetStream, and what the
// cluster adds to it. The election alone is what plain streams that the same server led stand still for.

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/cluster_nodes.hpp"
#include "bench/cluster_sections.hpp"
#include "bench/cluster_threads.hpp"
#include "bench/first_answers.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/partition_stands.hpp"
#include "bench/stream_facts.hpp"

namespace ropewalk::bench {

namespace {

using namespace std::chrono_literals;

constexpr int servers_count = 3;
constexpr std::size_t plain_streams = partitions_count;
constexpr asking_plan asking{.every = 50ms, .patience = 120s};

std::vector<std::string> make_plain_streams(nats_connection& client) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plain_streams; ++i) {
    const std::string name = names.emplace_back("plain_" + std::to_string(i));
    const nlohmann::json config{
        {"name", name}, {"subjects", {name}}, {"storage", "file"}, {"num_replicas", servers_count}};
    client.ask("$JS.API.STREAM.CREATE." + name, config.dump(), 30s);
  }
  return names;
}

std::vector<int> leaders_of(nats_connection& client, const jetstream_servers& nats,
                            const std::vector<std::string>& streams) {
  std::vector<int> leaders;
  for (const stream_facts& s : facts_of(client, streams)) leaders.push_back(nats.named(s.leader));
  return leaders;
}

bool leads_any(const std::vector<int>& leaders, int server) {
  return std::find(leaders.begin(), leaders.end(), server) != leaders.end();
}

// Leads a partition's stream and a plain one; in turn, by partition.
int next_victim(std::size_t kill, const std::vector<int>& of_partitions, const std::vector<int>& of_plain) {
  for (std::size_t p = 0; p < of_partitions.size(); ++p)
    if (const int server = of_partitions[(kill + p) % of_partitions.size()]; leads_any(of_plain, server)) return server;
  throw std::runtime_error("no server leads a partition's stream and a plain one");
}

struct waits_for_leaders {
  latency_histogram partitions, plain;
};

std::string difference_text(nanoseconds of, nanoseconds less) {
  return of < less ? '-' + duration_text(less - of) : duration_text(of - less);
}

std::vector<std::string> row_of(const char* what, const latency_histogram& h, double of_plain) {
  return {what,
          std::to_string(h.count()),
          duration_text(h.percentile(0.5)),
          duration_text(h.percentile(0.99)),
          duration_text(h.max()),
          ratio_text(of_plain)};
}

class stream_failover {
public:
  explicit stream_failover(const cluster_settings& settings)
      : scratch_(settings.data), nats_(scratch_.path() / "nats", servers_count),
        nodes_(settings, scratch_.path() / "nodes",
               {.nats_urls = nats_.urls(), .level = "peers", .stream_replicas = servers_count}),
        thread_of_(thread_in_each_partition(threads_)) {
    nats_connection client{nats_.url(), "bench"};
    make_threads(client, threads_);
    plain_ = make_plain_streams(client);
  }

  void kill_one(std::size_t kill) {
    int victim = -1;
    std::vector<question> questions;
    std::size_t appends = 0;
    {
      nats_connection client{nats_.url(), "bench"};
      wait_in_step(client);
      const auto streams = partition_streams(client, nodes_.cluster());
      wait_replicated(client, streams);
      wait_replicated(client, plain_);
      const auto of_partitions = leaders_of(client, nats_, streams), of_plain = leaders_of(client, nats_, plain_);
      victim = next_victim(kill, of_partitions, of_plain);
      for (std::size_t p = 0; p < of_partitions.size(); ++p)
        if (of_partitions[p] == victim)
          questions.push_back({threads_.subject(thread_of_[p], "append"), messages_.append_body(kill)});
      appends = questions.size();
      for (std::size_t i = 0; i < plain_.size(); ++i)
        if (of_plain[i] == victim) questions.push_back({plain_[i], messages_.append_body(kill)});
    }
    nats_connection client{nats_.url((victim + 1) % servers_count), "bench"};
    nats_.kill(victim);
    const auto answers = first_answers(client, questions, asking);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i])
        throw std::runtime_error(questions[i].subject + " does not come back after its stream's leader was killed");
      (i < appends ? waits_.partitions : waits_.plain).record(answers[i]->after);
    }
    std::fprintf(stderr, "kill %zu: %zu partitions, %zu plain streams\n", kill + 1, appends, answers.size() - appends);
    nats_.start(victim);
  }

  const waits_for_leaders& waits() const { return waits_; }

private:
  const scratch_directory scratch_;
  jetstream_servers nats_;
  cluster_nodes nodes_;
  const thread_group threads_{"l", threads_count};
  const message_set messages_{content_bytes};
  const std::vector<std::size_t> thread_of_;
  std::vector<std::string> plain_;
  waits_for_leaders waits_;
};

} // namespace

section stream_failover_section(const cluster_settings& settings) {
  stream_failover run{settings};
  for (std::size_t k = 0; k < settings.kills; ++k) run.kill_one(k);
  const auto& [ours, plain] = run.waits();
  const auto less = [&](double fraction) {
    return difference_text(ours.percentile(fraction), plain.percentile(fraction));
  };
  const auto ratio =
      static_cast<double>(ours.percentile(0.5).count()) / static_cast<double>(plain.percentile(0.5).count());
  return {.title = "Failover of a stream's leader",
          .explanation = "Three servers, streams on all of them (R3), three nodes connected to any. From kill -9 of a "
                         "server to the first "
                         "acknowledged append (`peers`) on a thread of each partition whose stream it led, and to the "
                         "first acknowledged "
                         "publish to each plain R3 stream that it led: the servers' election alone. All are asked at "
                         "once, every 50 ms, over "
                         "a server that lives. " +
                         std::to_string(settings.kills) + " kills. *of plain*: p50 / p50.",
          .columns = {"subject", "waits", "p50", "p99", "max", "of plain"},
          .rows = {row_of("partitions", ours, ratio),
                   row_of("plain streams", plain, 1),
                   {"difference", "", less(0.5), less(0.99), difference_text(ours.max(), plain.max()), ""}}};
}

} // namespace ropewalk::bench
