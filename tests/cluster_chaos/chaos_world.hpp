#pragma once
// One world: a cluster (sometimes beside another one on the same NATS) that lives through some rounds of load and faults, each of
// which ends healed, quiet and checked.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/cluster_chaos/chaos_options.hpp"
#include "tests/cluster_chaos/fault_plan_of_round.hpp"
#include "tests/cluster_chaos/thread_load.hpp"

namespace ropewalk::chaos {

struct fault_count {
  int tried = 0, happened = 0;
};

struct round_report {
  std::size_t writes = 0, replayed = 0, asked_again = 0, reads = 0, workflows = 0;
  std::size_t superseded = 0, gone = 0, quarantined = 0;
  double settled_s = 0; // from the heal on
  std::vector<std::string> proofs;
  std::vector<std::string> violations;
};

class chaos_world {
public:
  chaos_world(const chaos_options& options, std::uint64_t seed); // throws std::runtime_error: it does not begin to serve
  std::string shape_text() const;

  round_report run_round(std::map<std::string, fault_count>& counts);

  // Plants violations in what a calm round has found and on its members' disks; the names of those that the checks missed.
  std::vector<std::string> missed_plants(std::size_t& planted);

private:
  struct tenant; // a cluster with its load and its history
  struct round_in_progress;
  round_shape shape_of_rounds() const;
  void run_faults(const std::vector<planned_fault>& plan, std::map<std::string, fault_count>& counts, round_report& report);
  void heal();
  void judge(tenant& t, const allowance& allowed, round_report& report);

  const chaos_options options_;
  std::mt19937_64 random_;
  int round_ = 0;
  std::vector<fault_kind> kinds_;
  std::unique_ptr<chaos_nats> nats_;
  std::vector<std::unique_ptr<tenant>> tenants_; // the first one is hit by all faults, others by NATS's
public:
  ~chaos_world();
};

} // namespace ropewalk::chaos
