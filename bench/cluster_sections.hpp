#pragma once
// The sections of bench_cluster, each in a file of its name.

#include "bench/cluster_settings.hpp"
#include "bench/markdown.hpp"

namespace ropewalk::bench {

section append_section(const cluster_settings& settings);
section failover_section(const cluster_settings& settings);
section stream_failover_section(const cluster_settings& settings);
section catch_up_section(const cluster_settings& settings);
section replica_lag_section(const cluster_settings& settings);

} // namespace ropewalk::bench
