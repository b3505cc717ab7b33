// Real nodes and nats-servers under a load and faults in random order; see chaos_options.cpp for how it is called, and
// docs/reliability.md for what is checked and what was found.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/cluster_chaos/chaos_world.hpp"

using namespace ropewalk::chaos;

namespace {

struct tally {
  int worlds = 0, rounds = 0;
  std::size_t writes = 0, replayed = 0, asked_again = 0, reads = 0, workflows = 0, superseded = 0, gone = 0, violations = 0;
  double slowest_s = 0;
  std::map<std::string, fault_count> faults;
};

std::atomic<bool> stop_asked{false}; // by SIGTERM or SIGINT: the round is the last one

bool has_time(const chaos_options& o, std::int64_t begun_us) {
  return !stop_asked && clock_us() - begun_us < o.time.count() * 1'000'000;
}

double minutes_since(std::int64_t begun_us) { return static_cast<double>(clock_us() - begun_us) / 60e6; }

void add(tally& all, const round_report& r) {
  ++all.rounds;
  all.writes += r.writes;
  all.replayed += r.replayed;
  all.asked_again += r.asked_again;
  all.reads += r.reads;
  all.workflows += r.workflows;
  all.superseded += r.superseded;
  all.gone += r.gone;
  all.violations += r.violations.size();
  all.slowest_s = std::max(all.slowest_s, r.settled_s);
}

void print_round(std::uint64_t seed, int round, const std::string& shape, const round_report& r) {
  std::printf("world %llu (%s) round %d: %zu faults, %zu writes (%zu asked again, %zu by key), %zu reads, %zu workflows, "
              "%zu superseded, %zu gone with a disk, settled after %.1f s: %s\n",
              static_cast<unsigned long long>(seed), shape.c_str(), round, r.proofs.size(), r.writes, r.asked_again,
              r.replayed, r.reads, r.workflows, r.superseded, r.gone, r.settled_s,
              r.violations.empty() ? "as promised" : "VIOLATED");
  for (const auto& p : r.proofs) std::printf("  %s\n", p.c_str());
  for (const auto& v : r.violations) std::printf("  VIOLATION %s\n", v.c_str());
  std::fflush(stdout);
}

void print_summary(const tally& t, std::uint64_t seed, double minutes) {
  std::printf("\n| Seeds | Minutes | Rounds | Writes, reads, workflows | Asked again, answered by key | In quarantine, gone with a disk | "
              "Longest until quiet | Violations |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  std::printf("| %llu to %llu | %.0f | %d | %zu, %zu, %zu | %zu, %zu | %zu, %zu | %.0f s | %zu |\n\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed) + static_cast<unsigned>(t.worlds) - 1,
              minutes, t.rounds, t.writes, t.reads, t.workflows, t.asked_again, t.replayed, t.superseded, t.gone,
              t.slowest_s, t.violations);
  std::printf("| Fault | Tried | Happened |\n| --- | --- | --- |\n");
  for (const auto& [name, count] : t.faults) std::printf("| %s | %d | %d |\n", name.c_str(), count.tried, count.happened);
  std::fflush(stdout);
}

// The rounds of one world; false: something is wrong.
bool run_world(const chaos_options& o, std::uint64_t seed, std::int64_t begun_us, tally& all) {
  ++all.worlds;
  const std::size_t violations = all.violations;
  try {
    chaos_world world(o, seed);
    for (int round = 1; round <= o.rounds && has_time(o, begun_us); ++round) {
      const round_report r = world.run_round(all.faults);
      add(all, r);
      print_round(seed, round, world.shape_text(), r);
      if (!r.violations.empty()) {
        setenv("ROPEWALK_KEEP_SCRATCH", "1", 1); // its directories stay
        break;
      }
    }
  } catch (const std::exception& failed) {
    setenv("ROPEWALK_KEEP_SCRATCH", "1", 1);
    std::printf("world %llu: VIOLATION %s\n", static_cast<unsigned long long>(seed), failed.what());
    ++all.violations;
  }
  if (all.violations == violations) return true;
  std::printf("once more: %s\n", command_of_world(o, seed).c_str());
  std::fflush(stdout);
  return false;
}

int run_planted(const chaos_options& o) {
  chaos_world world(o, o.seed);
  std::map<std::string, fault_count> counts;
  const round_report calm = world.run_round(counts);
  print_round(o.seed, 1, world.shape_text(), calm);
  if (!calm.violations.empty()) return 1;
  std::size_t planted = 0;
  const auto missed = world.missed_plants(planted);
  for (const auto& m : missed) std::printf("MISSED: %s\n", m.c_str());
  std::printf("%zu violations planted, %zu noticed\n", planted, planted - missed.size());
  return missed.empty() ? 0 : 1;
}

int run(const chaos_options& o) {
  if (o.list) {
    for (const auto& k : all_fault_kinds()) std::printf("%s\n", k.name);
    return 0;
  }
  if (o.keep) setenv("ROPEWALK_KEEP_SCRATCH", "1", 1);
  if (o.planted) return run_planted(o);
  constexpr int most_bad_worlds = 20;
  std::printf("chaos --seed %llu\n", static_cast<unsigned long long>(o.seed));
  std::fflush(stdout);
  tally all;
  const std::int64_t begun_us = clock_us();
  int bad = 0;
  for (int w = 0; w < o.worlds && bad < most_bad_worlds && has_time(o, begun_us); ++w) {
    if (!o.keep) unsetenv("ROPEWALK_KEEP_SCRATCH");
    if (!run_world(o, o.seed + static_cast<unsigned>(w), begun_us, all)) ++bad;
  }
  print_summary(all, o.seed, minutes_since(begun_us));
  return bad == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  for (const int number : {SIGTERM, SIGINT}) std::signal(number, [](int) { stop_asked = true; });
  try {
    return run(parse_chaos_options({argv + 1, argv + argc}));
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "chaos: %s\n", failed.what());
    return 2;
  }
}
