// bench_workflows: what workflows cost, as ratios against thread appends, a bare NATS echo and raw SQLite taken in the
// same run.
//
//   bench_workflows --ropewalk build/release/cli/ropewalk --markdown bench.md
//   bench_workflows --only phases --seconds 2 --rounds 5

#include <array>

#include "bench/bench_program.hpp"
#include "bench/workflow_cases.hpp"

namespace {

using namespace ropewalk::bench;

constexpr std::array cases{
    bench_case{"phases", measure_phases, true, true},           //
    bench_case{"suspended", measure_suspended, true, true},     //
    bench_case{"recovery", measure_recovery, true, true},       //
    bench_case{"checkpoints", measure_checkpoints, true, true}, //
};

} // namespace

int main(int argc, char** argv) {
  return run_bench({.name = "bench_workflows",
                    .about = "What workflows cost, against appends, a NATS echo and raw SQLite in the same run",
                    .title = "Workflows: rates, latencies and memory",
                    .cases = cases},
                   argc, argv);
}
