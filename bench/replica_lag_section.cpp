// How far replicas are behind owners while 256 appends are in flight: in entries, by what members tell of themselves, and in age,
// by what a read of a replica says of itself.
//
// Members cannot be asked at one moment. A replica is asked between two looks at the owner: what the owner had before bounds its
// lag from below, what it had afterwards from above.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/cluster_nodes.hpp"
#include "bench/cluster_sections.hpp"
#include "bench/cluster_threads.hpp"
#include "bench/first_answers.hpp"
#include "bench/jetstream_servers.hpp"
#include "bench/partition_stands.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto sample_every = 250ms;
constexpr auto answer_patience = 10s;
constexpr std::chrono::milliseconds warm_up{500};

thread_group loaded_threads() { return {"c", threads_count}; }

struct lag_samples {
  std::vector<double> at_least, at_most; // entries that a replica is behind, over all partitions that it follows
  std::vector<double> age_ms;            // of an answer by a replica
  double appends = 0;                    // a second
  std::size_t changes = 0;               // looks into which a change of owners fell: not counted
};

double percentile(std::vector<double> values, double fraction) {
  if (values.empty()) throw std::runtime_error("no replica was seen");
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(fraction * static_cast<double>(values.size() - 1) + 0.5)];
}

double behind(const partition_stand& owner, const partition_stand& replica) {
  return owner.accepted > replica.durable ? static_cast<double>(owner.accepted - replica.durable) : 0;
}

bool same_owners(const std::vector<member_stand>& before, const std::vector<member_stand>& after) {
  for (int p = 0; p < partitions_count; ++p)
    if (owner_of(before, p) < 0 || owner_of(before, p) != owner_of(after, p)) return false;
  return true;
}

void sample_entries(nats_connection& client, lag_samples& into) {
  const auto before = stands(client, answer_patience), between = stands(client, answer_patience),
             after = stands(client, answer_patience);
  if (!same_owners(before, after)) {
    ++into.changes;
    return;
  }
  for (int node = 0; node < cluster_size; ++node) {
    const auto n = static_cast<std::size_t>(node);
    if (between[n].empty()) throw std::runtime_error(node_name(node) + " does not answer");
    double least = 0, most = 0;
    for (int p = 0; p < partitions_count; ++p) {
      const int owner = owner_of(before, p);
      if (owner == node) continue;
      const auto o = static_cast<std::size_t>(owner), at = static_cast<std::size_t>(p);
      least += behind(before[o][at], between[n][at]);
      most += behind(after[o][at], between[n][at]);
    }
    into.at_least.push_back(least);
    into.at_most.push_back(most);
  }
}

// Whoever gets a request answers it: two of three times a replica.
void sample_ages(nats_connection& client, const std::vector<std::size_t>& thread_of, lag_samples& into) {
  std::vector<question> reads;
  for (const std::size_t t : thread_of)
    reads.push_back({loaded_threads().subject(t, "get"), "{}", {{"Rw-Read", "stale"}}});
  const auto all = stands(client, answer_patience);
  const auto texts = ask_all(client, reads, answer_patience);
  for (int p = 0; p < partitions_count; ++p) {
    const auto said = nlohmann::json::parse(texts[static_cast<std::size_t>(p)]).at("read_at");
    const int owner = owner_of(all, p);
    if (owner >= 0 && said.at("member") == node_name(owner)) continue;
    if (said.at("age_ms").is_null()) throw std::runtime_error("a replica has not been in step since its start");
    into.age_ms.push_back(said.at("age_ms"));
  }
}

void sample_for(const std::string& url, std::chrono::milliseconds time, lag_samples& into) {
  nats_connection client{url, "bench-lag"};
  const auto thread_of = thread_in_each_partition(loaded_threads());
  const auto end = clock::now() + time;
  for (auto next = clock::now(); next < end; std::this_thread::sleep_until(next += sample_every)) {
    sample_entries(client, into);
    sample_ages(client, thread_of, into);
  }
}

void sample_under_load(nats_connection& client, const std::string& url, const cluster_settings& settings,
                       lag_samples& into) {
  std::exception_ptr failed;
  std::thread sampler([&] {
    try {
      std::this_thread::sleep_for(warm_up);
      sample_for(url, settings.measured, into);
    } catch (...) {
      failed = std::current_exception();
    }
  });
  try {
    const load_plan plan{.in_flight = full_load, .warm_up = warm_up, .measured = settings.measured};
    into.appends = make_and_append_to(client, plan, loaded_threads()).rate();
  } catch (...) {
    sampler.join();
    throw;
  }
  sampler.join();
  if (failed) std::rethrow_exception(failed);
}

class lag_table {
public:
  lag_table()
      : s_{.title = "Replica lag under full load",
           .explanation = "Three nodes, owners spread over them, four looks a second. *entries*: that a replica is "
                          "behind the owners of "
                          "all partitions that it follows; asked between two looks at the owners, so at least what the "
                          "first one and at "
                          "most what the second one gives. *as time*: p99 / the entries that it gets a second. *age*: "
                          "that replicas give "
                          "with stale reads; it counts from the last beat of the owner's that was reached, and beats "
                          "come every 500 ms. "
                          "*of idle*: p99 / that without a load.",
           .columns = {"load", "appends/s", "lag", "p50", "p99", "max", "as time", "of idle"},
           .rows = {}} {}

  void add(const std::string& load, const lag_samples& of, const lag_samples& idle) {
    const std::string appends = of.appends == 0 ? "0" : number_text(of.appends);
    const auto entries = [&](const char* name, const std::vector<double>& values) {
      const double followed = of.appends * (cluster_size - 1) / cluster_size; // by one member
      const double p99 = percentile(values, 0.99);
      s_.rows.push_back({load, appends, name, number_text(percentile(values, 0.5)), number_text(p99),
                         number_text(percentile(values, 1)), followed == 0 ? "" : duration_of(p99 / followed * 1e3),
                         ""});
    };
    entries("entries, at least", of.at_least);
    entries("entries, at most", of.at_most);
    const double p99 = percentile(of.age_ms, 0.99);
    s_.rows.push_back({load, appends, "age", duration_of(percentile(of.age_ms, 0.5)), duration_of(p99),
                       duration_of(percentile(of.age_ms, 1)), "", ratio_text(p99 / percentile(idle.age_ms, 0.99))});
  }

  void tell_changes(std::size_t looks) {
    if (looks > 0)
      s_.explanation += " Not counted: " + std::to_string(looks) + " looks into which a change of owners fell.";
  }
  section take() { return std::move(s_); }

private:
  static std::string duration_of(double ms) {
    return duration_text(std::chrono::nanoseconds(static_cast<std::int64_t>(ms * 1e6)));
  }

  section s_;
};

} // namespace

section replica_lag_section(const cluster_settings& settings) {
  lag_table table;
  std::size_t changes = 0;
  for (const char* level : {"log", "peers"}) {
    lag_samples idle, loaded;
    std::vector<double> rates;
    for (std::size_t round = 0; round < settings.rounds; ++round) {
      const scratch_directory scratch{settings.data};
      const jetstream_servers nats{scratch.path(), 1};
      nats_connection client{nats.url(), "bench"};
      cluster_nodes nodes{settings, scratch.path() / "lag", {.nats_urls = nats.urls(), .level = level}};
      make_threads(client, loaded_threads());
      wait_in_step(client);
      spread_owners(client);
      wait_in_step(client);
      sample_for(nats.url(), settings.measured, idle);
      sample_under_load(client, nats.url(), settings, loaded);
      rates.push_back(loaded.appends);
      std::fprintf(stderr, "%s: %.0f/s, %zu looks\n", level, loaded.appends, loaded.at_least.size() / cluster_size);
    }
    loaded.appends = median(rates);
    table.add(std::string("none (`") + level + "`)", idle, idle);
    table.add(std::string("`") + level + '`', loaded, idle);
    changes += idle.changes + loaded.changes;
  }
  table.tell_changes(changes);
  return table.take();
}

} // namespace ropewalk::bench
