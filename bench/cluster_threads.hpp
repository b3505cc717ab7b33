#pragma once
// Threads of a cluster, which refuses while nobody owns their partition.

#include <cstddef>
#include <string>
#include <vector>

#include "bench/load.hpp"
#include "bench/thread_workload.hpp"

namespace ropewalk::bench {

/// Returns once each is there, however often that must be tried; throws if it does not come to that.
void make_threads(nats_connection& client, const thread_group& threads);

/// Makes the threads, then appends `content_bytes` to them in turn.
load_result make_and_append_to(nats_connection& client, const load_plan& plan, const thread_group& threads);

/// A thread in each partition, of one group: its numbers by partition.
std::vector<std::size_t> thread_in_each_partition(const thread_group& threads);

} // namespace ropewalk::bench
