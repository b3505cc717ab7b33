#include "tests/cluster_chaos/chaos_world.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "tests/cluster_chaos/planted.hpp"
#include "tests/cluster_chaos/workflow_load.hpp"
#include "tests/support/eventually.hpp"

namespace ropewalk::chaos {

using namespace std::chrono_literals;

namespace {

constexpr auto heal_patience = 180s;
constexpr int workflows_per_second = 1;
constexpr int gathers = 4; // a partition may move to the member that it prefers while disks are read

} // namespace

struct chaos_world::tenant {
  tenant(chaos_nats& nats, cluster_shape shape) : cluster(nats, std::move(shape)) {}
  chaos_cluster cluster;
  std::unique_ptr<thread_load> load;
  std::vector<std::string> threads;   // of all rounds
  std::vector<write_record> earlier;  // of earlier rounds, held by all members
  history told;                       // of the last round
  evidence found;
};

chaos_world::chaos_world(const chaos_options& options, std::uint64_t seed) : options_(options), random_(seed) {
  for (const fault_kind& k : all_fault_kinds()) {
    const std::string name = k.name;
    const bool chosen = options.kinds.empty() || std::any_of(options.kinds.begin(), options.kinds.end(), [&](auto& part) {
      return name.find(part) != name.npos;
    });
    if (chosen) kinds_.push_back(k);
  }
  if (kinds_.empty()) throw std::runtime_error("no fault has such a name; see --list");
  const auto drawn = random_();
  const int servers = options.nats_servers ? options.nats_servers : drawn % 5 < 3 ? 1 : 3;
  cluster_shape shape;
  shape.faked_clocks = drawn / 8 % 3 == 0;
  nats_ = std::make_unique<chaos_nats>(servers);
  tenants_.push_back(std::make_unique<tenant>(*nats_, shape));
  if (drawn / 32 % 4 == 0) {
    cluster_shape other;
    other.id = "chaos-other";
    other.prefix = "rw2";
    other.nodes = 2;
    other.partitions = 2;
    tenants_.push_back(std::make_unique<tenant>(*nats_, other));
  }
  define_chaos_workflows(tenants_.front()->cluster.url());
}

chaos_world::~chaos_world() = default;

std::string chaos_world::shape_text() const {
  return "R" + std::to_string(nats_->count()) + (tenants_.front()->cluster.shape().faked_clocks ? ", clocks" : "") +
         (tenants_.size() > 1 ? ", two clusters" : "");
}

round_shape chaos_world::shape_of_rounds() const {
  round_shape s;
  s.nodes = tenants_.front()->cluster.nodes();
  s.nats_servers = nats_->count();
  s.clocks = tenants_.front()->cluster.shape().faked_clocks;
  s.length_ms = static_cast<int>(options_.round.count()) * 1000;
  return s;
}

void chaos_world::run_faults(const std::vector<planned_fault>& plan, std::map<std::string, fault_count>& counts,
                             round_report& report) {
  struct running {
    const planned_fault* plan;
    std::unique_ptr<fault> what;
    std::int64_t until_us;
  };
  std::vector<running> now;
  auto next = plan.begin();
  const std::int64_t begun_us = clock_us();
  const std::int64_t least_us = begun_us + options_.round.count() * 1'000'000;
  while (next != plan.end() || !now.empty() || clock_us() < least_us) {
    for (; next != plan.end() && clock_us() - begun_us >= next->at_ms * 1000LL; ++next) {
      auto made = next->kind->make(tenants_.front()->cluster, next->which, next->random);
      ++counts[next->kind->name].tried;
      made->begin();
      now.push_back({&*next, std::move(made), clock_us() + next->lasts_ms * 1000LL});
    }
    for (auto at = now.begin(); at != now.end();) {
      if (clock_us() < at->until_us) {
        ++at;
        continue;
      }
      at->what->end();
      const planned_fault& f = *at->plan;
      const bool happened = !at->what->proof().empty();
      if (happened) ++counts[f.kind->name].happened;
      report.proofs.push_back(std::string(f.kind->name) + " " + std::to_string(f.which) + " (" +
                              std::to_string(f.at_ms) + "+" + std::to_string(f.lasts_ms) + " ms): " +
                              (happened ? at->what->proof() : "did not happen"));
      at = now.erase(at);
    }
    std::this_thread::sleep_for(10ms);
  }
}

void chaos_world::heal() {
  nats_->servers().start_all();
  nats_->heal();
  chaos_cluster& c = tenants_.front()->cluster;
  for (int i = 0; i < c.nodes(); ++i) {
    for (int s = 0; s < nats_->count(); ++s) c.link(i, s).heal();
    c.disk(i).mend();
    if (!c.node(i).running()) c.start(i);
  }
  tests::eventually([&] { return c.all_up(); }, 60s);
}

round_report chaos_world::run_round(std::map<std::string, fault_count>& counts) {
  round_report report;
  const auto plan = plan_faults(kinds_, shape_of_rounds(), random_);
  allowance of_nats, all; // what it costs any cluster, and the one whose nodes are hit
  bool strict = true;
  for (const planned_fault& f : plan) {
    // Copies of a stream on three servers may differ after one of them stood still: docs/ARCHITECTURE.md, "Streams".
    of_nats.log_data =
        of_nats.log_data || f.kind->loses_log_data || (nats_->count() > 1 && f.kind->hits == target::server);
    if (f.kind->loses_disk) all.disks.insert(tenants_.front()->cluster.node_name(f.which));
    strict = strict && !f.kind->holds_back;
  }
  all.log_data = of_nats.log_data;
  const std::string name = "r" + std::to_string(++round_);
  for (auto& t : tenants_) {
    load_shape shape;
    shape.prefix = t->cluster.shape().prefix;
    shape.per_second = options_.per_second;
    if (t != tenants_.front()) shape = {.writers = 4, .threads = 2, .per_second = 20, .prefix = shape.prefix};
    t->load = std::make_unique<thread_load>(t->cluster.url(), name, shape, random_());
    if (t == tenants_.front() && !all.disks.empty()) t->load->expect_corruption();
    for (const auto& id : t->load->threads()) t->threads.push_back(id);
  }
  workflow_load workflows(tenants_.front()->cluster.url(), name, workflows_per_second);

  run_faults(plan, counts, report);
  heal();
  const std::int64_t healed_us = clock_us();
  workflows.finish();
  for (auto& t : tenants_) t->load->finish();
  for (auto& t : tenants_)
    if (!t->load->wait(heal_patience)) report.violations.push_back("writes are not answered after all is healed");
  if (!workflows.wait(heal_patience)) report.violations.push_back("a workflow's start is not answered after all is healed");
  for (auto& w : workflows.check(heal_patience, strict)) report.violations.push_back(std::move(w));
  report.workflows = workflows.started();
  for (auto& t : tenants_) {
    std::string missing;
    if (!t->cluster.wait_settled(heal_patience, missing)) {
      report.violations.push_back("not live and equal after healing: " + missing);
      continue;
    }
    report.settled_s = static_cast<double>(clock_us() - healed_us) / 1e6;
    t->told = t->load->take();
    judge(*t, t == tenants_.front() ? all : of_nats, report);
  }
  for (auto& t : tenants_)
    for (auto& crash : t->cluster.take_crashes()) report.violations.push_back(std::move(crash));
  return report;
}

void chaos_world::judge(tenant& t, const allowance& allowed, round_report& report) {
  verdict v;
  for (int tries = 1; tries <= gathers; ++tries) {
    t.found = gather(t.cluster, t.threads);
    v = check(t.told, t.earlier, t.found, allowed);
    if (v.violations.empty()) break;
    std::string missing;
    t.cluster.wait_settled(heal_patience, missing);
  }
  for (auto& wrong : v.violations) report.violations.push_back(t.cluster.shape().id + ": " + wrong);
  report.writes += t.told.writes.size();
  report.reads += t.told.reads.size();
  for (const write_record& w : t.told.writes) {
    report.replayed += w.replayed ? 1 : 0;
    report.asked_again += w.tries > 1 ? 1 : 0;
  }
  report.superseded += v.superseded;
  report.gone += v.gone;
  for (const auto& m : t.found.members) report.quarantined += m.quarantine.size();
  for (write_record& w : v.standing) t.earlier.push_back(std::move(w));
}

std::vector<std::string> chaos_world::missed_plants(std::size_t& planted) {
  tenant& t = *tenants_.front();
  std::vector<std::string> missed = missed_in_evidence(t.told, t.found, planted);
  for (auto& m : missed_on_disks(t.cluster, t.threads, t.told, planted)) missed.push_back(std::move(m));
  return missed;
}

} // namespace ropewalk::chaos
