#pragma once
// The questions that `bench_threads` asks. Each case measures its baseline and its subject in turn, several
// times, and gives medians, and ratios that are the medians of each round's own ratio: a machine that is
// slower for a minute then slows both sides of a ratio.

#include <vector>

#include "bench/markdown.hpp"
#include "bench/stage.hpp"

namespace ropewalk::bench {

/// The echo and raw SQLite by themselves, with 1, 64 and 512 requests in flight or rows in a commit. Needs no
/// node.
std::vector<section> measure_baselines(stage& on);

/// Appends with 1, 64 and 512 requests in flight on 1, 64 and 1,000 threads, against both baselines.
std::vector<section> measure_appends(stage& on);

/// The last 50 of 1,000 messages, against an echo whose replies are as large.
std::vector<section> measure_reads(stage& on);

/// The first request to a thread after the node was restarted, by the length of its history.
std::vector<section> measure_activation(stage& on);

/// Resident memory of the node with 10,000 and 100,000 threads active.
std::vector<section> measure_memory(stage& on);

/// The append rate of an empty node, and of the same node some 10^5 or 10^6 messages later.
std::vector<section> measure_long_run(stage& on);

} // namespace ropewalk::bench
