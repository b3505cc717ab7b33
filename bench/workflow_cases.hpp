#pragma once
// The questions that `bench_workflows` asks; like those of `bench_threads` (thread_cases.hpp), with baselines of the
// same run.

#include <vector>

#include "bench/markdown.hpp"
#include "bench/stage.hpp"

namespace ropewalk::bench {

/// Workflows of seven trivial phases, 64 at a time and alone, done by one worker process, by local functions, and by
/// local functions that record steps; and steps over the wire. Against appends, the echo and raw SQLite.
std::vector<section> measure_phases(stage& on);

/// What waiting instances cost: memory, and the time to start.
std::vector<section> measure_suspended(stage& on);

/// From kill -9 of a node with 200 workflows under way to the last completion.
std::vector<section> measure_recovery(stage& on);

/// Size and time of a checkpoint by the size of the state.
std::vector<section> measure_checkpoints(stage& on);

} // namespace ropewalk::bench
