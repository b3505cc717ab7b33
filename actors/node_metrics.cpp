#include "actors/node_metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "actors/cluster/cluster_member.hpp"
#include "storage/journal_writer.hpp"
#include "transport/verb_counters.hpp"

namespace ropewalk::actors {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using label_list = std::vector<ClientMetric::Label>;

ClientMetric valued(MetricType type, double value, label_list labels = {}) {
  ClientMetric m;
  m.label = std::move(labels);
  if (type == MetricType::Counter) m.counter.value = value;
  else m.gauge.value = value;
  return m;
}

ClientMetric histogram_of(const duration_histogram::counts& c, label_list labels = {}) {
  ClientMetric m;
  m.label = std::move(labels);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < c.bucket.size(); ++i) {
    all += c.bucket[i];
    const bool last = i == duration_histogram::bounds_s.size();
    m.histogram.bucket.push_back({all, last ? INFINITY : duration_histogram::bounds_s[i]});
  }
  m.histogram.sample_count = all;
  m.histogram.sample_sum = c.sum_s;
  return m;
}

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  in >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

class figures final : public prometheus::Collectable {
public:
  explicit figures(metric_sources from) : from_(std::move(from)) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> all;
    requests(all);
    node(all);
    if (from_.member) partitions(all);
    return all;
  }

private:
  static MetricFamily family(const char* name, const char* help, MetricType type) {
    return {std::string("ropewalk_") + name, help, type, {}};
  }
  static void single(std::vector<MetricFamily>& all, const char* name, const char* help, MetricType type,
                     double value) {
    MetricFamily f = family(name, help, type);
    f.metric.push_back(valued(type, value));
    all.push_back(std::move(f));
  }

  void requests(std::vector<MetricFamily>& all) const {
    MetricFamily counted =
        family("requests_total", "Requests that were answered, by verb and outcome.", MetricType::Counter);
    MetricFamily took =
        family("request_seconds", "From a request's arrival to its answer, by verb.", MetricType::Histogram);
    for (const transport::verb_spec& v : transport::verbs()) {
      const transport::verb_statistics s = from_.counters->of(v);
      if (s.requests == 0) continue; // a verb that nobody used yet
      const std::string verb = full_name(v);
      const auto ok = static_cast<double>(s.requests - std::min(s.errors, s.requests));
      counted.metric.push_back(valued(MetricType::Counter, ok, {{"verb", verb}, {"outcome", "ok"}}));
      for (std::size_t code = 0; code < errc_count; ++code)
        if (const std::uint64_t n = from_.counters->refused(v, static_cast<errc>(code)); n > 0)
          counted.metric.push_back(valued(MetricType::Counter, static_cast<double>(n),
                                          {{"verb", verb}, {"outcome", std::string(name(static_cast<errc>(code)))}}));
      took.metric.push_back(histogram_of(from_.counters->durations(v), {{"verb", verb}}));
    }
    all.push_back(std::move(counted));
    all.push_back(std::move(took));
    single(all, "unknown_verbs_total", "Requests whose subject names no verb.", MetricType::Counter,
           static_cast<double>(from_.counters->unknown_verbs()));
  }

  void node(std::vector<MetricFamily>& all) const {
    const node_figures f = from_.figures();
    MetricFamily info = family("node_info", "1; who tells these figures.", MetricType::Gauge);
    info.metric.push_back(
        valued(MetricType::Gauge, 1, {{"node", from_.node}, {"cluster", f.cluster}, {"version", node_version}}));
    all.push_back(std::move(info));
    const auto gauge = [&](const char* name, const char* help, double value) {
      single(all, name, help, MetricType::Gauge, value);
    };
    gauge("uptime_seconds", "Since the process began.", static_cast<double>(f.now.us - f.started_at.us) / 1e6);
    gauge("in_flight", "Requests that are not answered yet.", static_cast<double>(f.in_flight));
    gauge("active_entities", "Threads, workflows and schedules in memory.", static_cast<double>(f.active_entities));
    gauge("entities_bytes", "What they hold in memory, about.", static_cast<double>(f.held_bytes));
    gauge("resident_bytes", "Memory of the process.", resident_bytes());
    gauge("journal_position", "Last durable entry of the journal's file.", static_cast<double>(f.journal_position));
    gauge("journal_bytes", "The journal's file and its log.", static_cast<double>(f.journal_bytes));
    gauge("views_position", "Last entry that the views have seen.", static_cast<double>(f.views_position));
    gauge("views_bytes", "The views' file and its log.", static_cast<double>(f.views_bytes));
    gauge("disk_free_bytes", "Of the data directory's file system.", static_cast<double>(f.disk.free_bytes));
    MetricFamily commits =
        family("journal_commit_seconds", "A transaction of the journal: its commit and sync.", MetricType::Histogram);
    commits.metric.push_back(histogram_of(from_.writer->commit_times().read()));
    all.push_back(std::move(commits));
    MetricFamily quarantined =
        family("quarantined", "Entries that the cluster went on without and nobody settled, by promised level.",
               MetricType::Gauge);
    for (const auto& [level, n] :
         {std::pair("local", f.quarantined.local), std::pair("log", f.quarantined.log),
          std::pair("peers", f.quarantined.peers), std::pair("unknown", f.quarantined.unknown)})
      quarantined.metric.push_back(valued(MetricType::Gauge, static_cast<double>(n), {{"level", level}}));
    all.push_back(std::move(quarantined));
    if (!from_.member) return;
    single(all, "takeovers_total", "Partitions that this member came to own.", MetricType::Counter,
           static_cast<double>(from_.member->takeovers()));
    single(all, "handed_on_total", "Requests that went on to the member that owns them.", MetricType::Counter,
           static_cast<double>(f.handed_on));
  }

  void partitions(std::vector<MetricFamily>& all) const {
    const std::array<MetricFamily, 8> families{
        family("partition_serving", "1: this member owns the partition.", MetricType::Gauge),
        family("partition_owner", "1 for the member that this one takes for the owner.", MetricType::Gauge),
        family("partition_epoch", "It grows with each change of the owner.", MetricType::Gauge),
        family("partition_generation", "Of the partition's stream.", MetricType::Gauge),
        family("partition_head", "Last index on this disk's way.", MetricType::Gauge),
        family("partition_accepted", "Last index in the stream that this member has read.", MetricType::Gauge),
        family("partition_lag", "Accepted entries that are not on this disk.", MetricType::Gauge),
        family("partition_age_seconds", "Since this member last knew to be in step with the owner; absent: never.",
               MetricType::Gauge)};
    std::vector<MetricFamily> found(families.begin(), families.end());
    for (std::uint16_t p = 0; p < from_.member->settings().partitions; ++p) {
      const replica_facts f = from_.member->facts(partition_id{p});
      const read_stand s = from_.member->stand(partition_id{p});
      const label_list labels{{"partition", std::to_string(p)}};
      const auto add = [&](std::size_t which, double value) {
        found[which].metric.push_back(valued(MetricType::Gauge, value, labels));
      };
      add(0, f.serving ? 1 : 0);
      if (!f.owner.empty())
        found[1].metric.push_back(
            valued(MetricType::Gauge, 1, {{"partition", std::to_string(p)}, {"member", f.owner}}));
      add(2, static_cast<double>(f.epoch));
      add(3, static_cast<double>(f.generation));
      add(4, static_cast<double>(f.head));
      add(5, static_cast<double>(f.accepted));
      add(6, static_cast<double>(f.accepted > f.durable ? f.accepted - f.durable : 0));
      if (s.age_us) add(7, static_cast<double>(*s.age_us) / 1e6);
    }
    for (MetricFamily& f : found) all.push_back(std::move(f));
  }

  const metric_sources from_;
};

} // namespace

struct node_metrics::impl {
  std::shared_ptr<prometheus::Collectable> told;
  std::optional<prometheus::Exposer> exposer;
};

node_metrics::node_metrics(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
node_metrics::~node_metrics() { impl_->exposer.reset(); }

status_result check_metrics_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon == address.npos ? 0 : colon);
  const std::string port = colon == address.npos ? "" : address.substr(colon + 1);
  const bool numbers = !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF.:[]") == host.npos &&
                       (host.find(':') == host.npos || (host.front() == '[' && host.back() == ']'));
  const bool is_port = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos &&
                       std::stoi(port) >= 1 && std::stoi(port) <= 65'535;
  if (numbers && is_port) return ok();
  return invalid("metrics", "must be ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464; it is \"" + address + '"');
}

result<std::unique_ptr<node_metrics>> node_metrics::open(const std::string& address, metric_sources sources) {
  if (auto fine = check_metrics_address(address); !fine) return fine.error();
  auto i = std::make_unique<impl>();
  i->told = std::make_shared<figures>(std::move(sources));
  try {
    i->exposer.emplace(address, 2);
    i->exposer->RegisterCollectable(i->told);
  } catch (const std::exception& e) {
    return error{errc::unavailable, "metrics_address",
                 "cannot listen to " + address + " for metrics; is something else there? (" + e.what() + ")",
                 "metrics"};
  }
  return std::unique_ptr<node_metrics>(new node_metrics(std::move(i)));
}

} // namespace ropewalk::actors
