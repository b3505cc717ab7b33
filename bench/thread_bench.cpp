// bench_threads: what threads cost, as ratios against a bare NATS echo and raw SQLite taken in the same run.
//
//   bench_threads --ropewalk build/release/cli/ropewalk --markdown bench.md
//   bench_threads --only baselines --seconds 1 --rounds 1      needs no node

#include <array>

#include "bench/bench_program.hpp"
#include "bench/thread_cases.hpp"

namespace {

using namespace ropewalk::bench;

constexpr std::array cases{
    bench_case{"baselines", measure_baselines, false, false}, // the appends measure them as well
    bench_case{"appends", measure_appends, true, true},       //
    bench_case{"reads", measure_reads, true, true},           //
    bench_case{"activation", measure_activation, true, true}, //
    bench_case{"memory", measure_memory, true, true},         //
    bench_case{"long", measure_long_run, true, true},         //
};

} // namespace

int main(int argc, char** argv) {
  return run_bench({.name = "bench_threads",
                    .about = "What threads cost, against a NATS echo and raw SQLite in the same run",
                    .title = "Threads: rates, latencies and memory",
                    .cases = cases},
                   argc, argv);
}
