// Many worlds, one after the other:
//   sim --seeds 10000 [--from 1] [--seconds 60] [--break no_survey] [--keep-going] [--trace]
//   sim --mutants [--known-seeds] [--seeds 10000] [--break RULE] [--stride 20]
//                                                    leaves out one rule after the other and prints the seeds that show it
//   sim --two-histories --seeds 20                   two members that were alone: nobody begins
//   sim --relearn --seeds 1000                       members that are ordered to learn the end of their chains again
//   sim --same-trace --seeds 20                      a seed gives the same trace again
// A world that fails prints its options and the command that runs it again.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/sim/sim_world.hpp"

using namespace ropewalk::sim;
using ropewalk::replication::rule_break;

namespace {

struct left_out {
  rule_break rule;
  std::uint64_t known_seed; // that shows it; found by --mutants, to be found again after a change of the world
};
constexpr left_out all_breaks[] = {
    {rule_break::no_survey, 16},          {rule_break::no_lease_wait, 2634},  {rule_break::trust_publish, 243},
    {rule_break::wiped_votes, 37},        {rule_break::no_seal, 8867},        {rule_break::ack_after_promise, 13},
    {rule_break::volatile_base, 6},       {rule_break::silent_refusal, 57},   {rule_break::early_serve, 18},
    {rule_break::new_list_alone, 319},    {rule_break::hasty_change, 1039},   {rule_break::own_list_alone, 10999},
    {rule_break::removed_campaigns, 259}, {rule_break::accepted_alone, 7907}, {rule_break::half_commands, 3392},
    {rule_break::dirty_reads, 104},
};

struct command {
  std::string program;
  std::uint64_t seeds = 1000, from = 1, stride = 1;
  double seconds = 0; // 0: no limit
  bool trace = false, mutants = false, known_seeds = false, keep_going = false, same_trace = false,
       two_histories = false, relearn = false;
  rule_break broken = rule_break::none;
};

using steady = std::chrono::steady_clock;
double since(steady::time_point start) { return std::chrono::duration<double>(steady::now() - start).count(); }
using number = unsigned long long; // of printf

int run_mutants(const command& c) {
  int unseen = 0;
  std::printf("%-20s %8s  %s\n", "rule left out", "seed", "what the simulator saw");
  for (const left_out& b : all_breaks) {
    if (c.broken != rule_break::none && b.rule != c.broken) continue;
    std::uint64_t seed = b.known_seed;
    std::string seen = sim_world(draw_options(seed, b.rule)).run();
    if (!c.known_seeds)
      for (std::uint64_t next = c.from; seen.empty() && next < c.from + c.seeds; next += c.stride)
        seen = sim_world(draw_options(seed = next, b.rule)).run();
    unseen += seen.empty() ? 1 : 0;
    std::printf("%-20s %8s  %s\n", name(b.rule), seen.empty() ? "-" : std::to_string(seed).c_str(),
                seen.empty() ? "NOTHING" : seen.substr(0, seen.find('\n')).c_str());
    std::fflush(stdout);
  }
  return unseen == 0 ? 0 : 1;
}

int run_same_trace(const command& c) {
  for (std::uint64_t seed = c.from; seed < c.from + c.seeds; ++seed) {
    sim_world once(draw_options(seed, c.broken)), again(draw_options(seed, c.broken));
    once.run();
    again.run();
    if (once.trace_hash() == again.trace_hash()) continue;
    std::printf("seed %llu gives another trace the second time\n", (number)seed);
    return 1;
  }
  std::printf("%llu seeds give the same trace twice\n", (number)c.seeds);
  return 0;
}

void print_sum(const world_counts& s, std::uint64_t worlds, std::uint64_t failed, double took) {
  std::printf("%llu worlds in %.1f s (%.1f a second, %.0f times real time), %llu failed\n", (number)worlds, took,
              (double)worlds / took, (double)s.simulated_us / 1e6 / took, (number)failed);
  std::printf("simulated %.1f h; appends %llu, repeats %llu, reads %llu; takeovers %llu, generations %llu, quarantined "
              "%llu, joins %llu, "
              "fetches %llu\n",
              (double)s.simulated_us / 3.6e9, (number)s.appends, (number)s.repeats, (number)s.reads,
              (number)s.takeovers, (number)s.generations, (number)s.quarantined, (number)s.joins, (number)s.fetches);
  std::printf("members added %llu, removed %llu, died %llu\n", (number)s.added, (number)s.removed, (number)s.died);
  std::printf("faults: crashes %llu, pauses %llu, wipes %llu, backups %llu, relearns %llu, cuts %llu, outages %llu, "
              "truncations %llu, "
              "vanishings %llu, stores put back %llu, stores full %llu, hand-overs %llu; messages %llu, steps %llu\n",
              (number)s.crashes, (number)s.pauses, (number)s.wipes, (number)s.backups, (number)s.relearns,
              (number)s.cuts, (number)s.outages, (number)s.truncations, (number)s.vanishings, (number)s.stores_put_back,
              (number)s.full, (number)s.hand_overs, (number)s.messages, (number)s.steps);
}

int run_worlds(const command& c) {
  const auto start = steady::now();
  world_counts sum;
  std::uint64_t done = 0, failed = 0;
  for (std::uint64_t seed = c.from; seed < c.from + c.seeds && (c.seconds == 0 || since(start) < c.seconds);
       seed += c.stride) {
    world_options o = draw_options(seed, c.broken);
    if (c.two_histories) {
      o.members = std::max(o.members, 3u);
      o.peers = std::max(o.peers, 1u);
      o.alone = 30;
      o.two_histories = true;
      o.spares = 0; // both are members of the file
      o.member_changes = o.deaths = o.splits = 0;
      o.upgrade = false;
    }
    if (c.relearn) o.relearns = 3;
    sim_world w(o, c.trace);
    const std::string wrong = w.run();
    sum += w.counts();
    ++done;
    if (wrong.empty()) continue;
    ++failed;
    std::printf("seed %llu: %s\n%s\nrun it again: %s --from %llu --seeds 1 --trace%s%s%s%s\n", (number)seed,
                wrong.c_str(), to_text(w.options).c_str(), c.program.c_str(), (number)seed,
                c.two_histories ? " --two-histories" : "", c.relearn ? " --relearn" : "", c.broken == rule_break::none ? "" : " --break ",
                c.broken == rule_break::none ? "" : name(c.broken));
    if (!c.keep_going) break;
  }
  print_sum(sum, done, failed, since(start));
  if (done >= 20 && !c.two_histories && sum.repeats == 0) {
    std::printf("nothing was asked for again: the check of repeats had nothing to check\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  command c;
  c.program = argv[0];
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    const auto value = [&]() -> const char* { return i + 1 < argc ? argv[++i] : ""; };
    if (a == "--seeds") c.seeds = std::strtoull(value(), nullptr, 10);
    else if (a == "--from") c.from = std::strtoull(value(), nullptr, 10);
    else if (a == "--stride") c.stride = std::max<std::uint64_t>(1, std::strtoull(value(), nullptr, 10));
    else if (a == "--seconds") c.seconds = std::strtod(value(), nullptr);
    else if (a == "--trace") c.trace = true;
    else if (a == "--keep-going") c.keep_going = true;
    else if (a == "--same-trace") c.same_trace = true;
    else if (a == "--two-histories") c.two_histories = true;
    else if (a == "--relearn") c.relearn = true;
    else if (a == "--mutants") c.mutants = true;
    else if (a == "--known-seeds") c.known_seeds = true;
    else if (a == "--break") {
      const std::string wanted = value();
      for (const left_out& b : all_breaks)
        if (wanted == name(b.rule)) c.broken = b.rule;
      if (c.broken == rule_break::none)
        return std::fprintf(stderr, "sim: there is no rule \"%s\"\n", wanted.c_str()), 2;
    } else {
      return std::fprintf(stderr,
                          "usage: %s [--seeds N] [--from SEED] [--seconds S] [--break RULE] [--keep-going] [--trace]\n"
                          "       %s --mutants [--known-seeds] | --same-trace | --two-histories | --relearn\n",
                          argv[0], argv[0]),
             2;
    }
  }
  if (c.mutants) return run_mutants(c);
  if (c.same_trace) return run_same_trace(c);
  return run_worlds(c);
}
