// Many worlds, one after the other:
//   sim --seeds 10000 [--from 1] [--seconds 60] [--break no_survey] [--mutants] [--keep-going] [--trace]
// A world that fails prints its options and the command that runs it again.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sim/sim_world.hpp"

using namespace ropewalk::sim;
using ropewalk::replication::rule_break;

namespace {

constexpr rule_break all_breaks[] = {rule_break::no_survey,     rule_break::no_lease_wait,     rule_break::trust_publish,
                                     rule_break::wiped_votes,   rule_break::no_seal,           rule_break::ack_after_promise,
                                     rule_break::volatile_base, rule_break::silent_refusal,    rule_break::early_serve};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int mutants(std::uint64_t seeds, rule_break only) {
  int survivors = 0;
  std::printf("%-20s %8s  %s\n", "rule left out", "seed", "what the simulator saw");
  for (const rule_break b : all_breaks) {
    if (only != rule_break::none && b != only) continue;
    std::string seen;
    std::uint64_t seed = 1;
    for (; seed <= seeds && seen.empty(); ++seed) seen = sim_world(draw_options(seed, b)).run();
    survivors += seen.empty() ? 1 : 0;
    std::printf("%-20s %8s  %s\n", name(b), seen.empty() ? "-" : std::to_string(seed - 1).c_str(),
                seen.empty() ? "NOTHING" : seen.substr(0, seen.find('\n')).c_str());
    std::fflush(stdout);
  }
  return survivors == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t seeds = 1000, from = 1;
  double limit = 0;
  bool trace = false, all_mutants = false, keep_going = false;
  rule_break broken = rule_break::none;
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (a == "--seeds")
      seeds = std::strtoull(value(), nullptr, 10);
    else if (a == "--from")
      from = std::strtoull(value(), nullptr, 10);
    else if (a == "--seconds")
      limit = std::strtod(value(), nullptr);
    else if (a == "--trace")
      trace = true;
    else if (a == "--keep-going")
      keep_going = true;
    else if (a == "--mutants")
      all_mutants = true;
    else if (a == "--break") {
      const std::string wanted = value();
      for (const rule_break b : all_breaks)
        if (wanted == name(b)) broken = b;
    } else {
      std::fprintf(stderr, "usage: %s [--seeds N] [--from SEED] [--seconds S] [--break RULE] [--mutants] [--keep-going] [--trace]\n",
                   argv[0]);
      return 2;
    }
  }
  if (all_mutants) return mutants(seeds, broken);
  const auto start = std::chrono::steady_clock::now();
  world_counts sum;
  std::uint64_t done = 0, failed = 0;
  for (std::uint64_t seed = from; seed < from + seeds && (limit == 0 || seconds_since(start) < limit); ++seed, ++done) {
    sim_world w(draw_options(seed, broken), trace);
    const std::string wrong = w.run();
    sum += w.counts();
    if (wrong.empty()) continue;
    std::printf("seed %llu: %s\n%s\nrun it again: %s --from %llu --seeds 1 --trace%s%s\n",
                static_cast<unsigned long long>(seed), wrong.c_str(), to_text(w.options).c_str(), argv[0],
                static_cast<unsigned long long>(seed), broken == rule_break::none ? "" : " --break ",
                broken == rule_break::none ? "" : name(broken));
    if (!keep_going) return 1;
    ++failed;
  }
  const double took = seconds_since(start);
  std::printf("%llu worlds in %.1f s (%.1f a second, %.0f times real time), %llu failed\n"
              "simulated %.1f h; appends %llu, reads %llu; takeovers %llu, generations %llu, quarantined %llu, joins %llu, "
              "fetches %llu\nfaults: crashes %llu, pauses %llu, wipes %llu, backups %llu, cuts %llu, outages %llu, "
              "truncations %llu, vanishings %llu, stores put back %llu, hand-overs %llu; messages %llu, steps %llu\n",
              static_cast<unsigned long long>(done), took, static_cast<double>(done) / took,
              static_cast<double>(sum.simulated_us) / 1e6 / took, (unsigned long long)failed, static_cast<double>(sum.simulated_us) / 3.6e9,
              (unsigned long long)sum.appends, (unsigned long long)sum.reads, (unsigned long long)sum.takeovers,
              (unsigned long long)sum.generations, (unsigned long long)sum.quarantined, (unsigned long long)sum.joins,
              (unsigned long long)sum.fetches, (unsigned long long)sum.crashes, (unsigned long long)sum.pauses,
              (unsigned long long)sum.wipes, (unsigned long long)sum.backups, (unsigned long long)sum.cuts,
              (unsigned long long)sum.outages, (unsigned long long)sum.truncations, (unsigned long long)sum.vanishings,
              (unsigned long long)sum.stores_put_back, (unsigned long long)sum.hand_overs,
              (unsigned long long)sum.messages, (unsigned long long)sum.steps);
  return failed == 0 ? 0 : 1;
}
