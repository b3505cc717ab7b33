// How long partitions stand still when the server that leads their streams is killed: an election by JetStream, and what the
// cluster adds to it. The election alone is what plain streams that the same server led stand still for. Elections differ by seconds
// from stream to stream, so each partition's own stream is watched as well: by publishes whose fence cannot hold, which the new
// leader refuses, and which leave nothing behind.

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

std::vector<int> leaders_of(const jetstream_servers& nats, const std::vector<stream_facts>& streams) {
  std::vector<int> leaders;
  for (const stream_facts& s : streams) leaders.push_back(nats.named(s.leader));
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

// The refusal of JetStream, and of a sequence that no stream gets to.
constexpr int wrong_last_sequence = 10071;
constexpr const char* impossible_fence = "4611686018427387904";

question refused_publish(const stream_facts& to) {
  return {to.subject, "", {{"Nats-Expected-Last-Sequence", impossible_fence}}, wrong_last_sequence};
}

struct waits_for_leaders {
  latency_histogram partitions, their_streams, beyond, plain; // beyond: of a partition, after its own stream
};

std::string difference_text(nanoseconds of, nanoseconds less) {
  return of < less ? '-' + duration_text(less - of) : duration_text(of - less);
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
    const look_before before = look(kill);
    // Appends to the partitions, refused publishes to their streams, publishes to plain streams.
    std::vector<question> questions = before.appends;
    questions.insert(questions.end(), before.refused.begin(), before.refused.end());
    questions.insert(questions.end(), before.publishes.begin(), before.publishes.end());
    nats_connection client{nats_.url((before.victim + 1) % servers_count), "bench"};
    nats_.kill(before.victim);
    const auto answers = first_answers(client, questions, asking);
    for (std::size_t i = 0; i < answers.size(); ++i)
      if (!answers[i])
        throw std::runtime_error(questions[i].subject + " does not come back after its stream's leader was killed");
    const std::size_t partitions = before.appends.size();
    nanoseconds longest{0};
    for (std::size_t i = 0; i < partitions; ++i) {
      const nanoseconds wait = answers[i]->after, of_stream = answers[partitions + i]->after;
      waits_.partitions.record(wait);
      waits_.their_streams.record(of_stream);
      waits_.beyond.record(wait - of_stream);
      longest = std::max(longest, wait);
    }
    for (std::size_t i = 2 * partitions; i < answers.size(); ++i) waits_.plain.record(answers[i]->after);
    std::fprintf(stderr, "kill %zu: %zu partitions, up to %s; %zu plain streams\n", kill + 1, partitions,
                 duration_text(longest).c_str(), answers.size() - 2 * partitions);
    nats_.start(before.victim);
  }

  const waits_for_leaders& waits() const { return waits_; }

private:
  struct look_before {
    int victim = -1;
    std::vector<question> appends, refused, publishes; // of what it leads
  };

  look_before look(std::size_t kill) {
    nats_connection client{nats_.url(), "bench"};
    wait_in_step(client);
    const auto names = partition_streams(client, nodes_.cluster());
    wait_replicated(client, names);
    wait_replicated(client, plain_);
    const auto streams = facts_of(client, names), plain = facts_of(client, plain_);
    const auto of_partitions = leaders_of(nats_, streams), of_plain = leaders_of(nats_, plain);
    look_before seen{
        .victim = next_victim(kill, of_partitions, of_plain), .appends = {}, .refused = {}, .publishes = {}};
    for (std::size_t p = 0; p < streams.size(); ++p) {
      if (of_partitions[p] != seen.victim) continue;
      seen.appends.push_back({threads_.subject(thread_of_[p], "append"), messages_.append_body(kill)});
      seen.refused.push_back(refused_publish(streams[p]));
    }
    for (std::size_t i = 0; i < plain.size(); ++i)
      if (of_plain[i] == seen.victim) seen.publishes.push_back({plain[i].subject, messages_.append_body(kill)});
    return seen;
  }

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
  const auto& [partitions, their_streams, beyond, plain] = run.waits();
  const auto less = [&](double fraction) {
    return difference_text(partitions.percentile(fraction), plain.percentile(fraction));
  };
  const auto row = [&](const char* what, const latency_histogram& h) {
    return std::vector<std::string>{what,
                                    std::to_string(h.count()),
                                    duration_text(h.percentile(0.5)),
                                    duration_text(h.percentile(0.99)),
                                    duration_text(h.max()),
                                    ratio_text(static_cast<double>(h.percentile(0.5).count()) /
                                               static_cast<double>(plain.percentile(0.5).count()))};
  };
  std::string explanation =
      "Three servers, streams on all of them (R3), three nodes connected to any. From kill -9 of a server, all asked "
      "at once, every "
      "50 ms, over a server that lives. *plain streams*: to the first acknowledged publish to each R3 stream that it "
      "led, the "
      "servers' election alone. *partitions*: to the first acknowledged append (`peers`) on a thread of each partition "
      "whose stream "
      "it led. *difference*: of these two. *their streams*: until the partition's own stream answers a publish again "
      "(one that is "
      "refused). *beyond*: partition by partition, what it takes after its own stream. *of plain*: p50 / p50. ";
  explanation += std::to_string(settings.kills) + " kills.";
  return {.title = "Failover of a stream's leader",
          .explanation = std::move(explanation),
          .columns = {"subject", "waits", "p50", "p99", "max", "of plain"},
          .rows = {row("plain streams", plain),
                   row("partitions", partitions),
                   {"difference", "", less(0.5), less(0.99), difference_text(partitions.max(), plain.max()), ""},
                   row("their streams", their_streams),
                   row("beyond", beyond)}};
}

} // namespace ropewalk::bench
