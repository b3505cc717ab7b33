#include "bench/cluster_threads.hpp"

#include <chrono>
#include <stdexcept>

#include "bench/cluster_nodes.hpp"
#include "runtime/entity_key.hpp"

namespace ropewalk::bench {

using namespace std::chrono_literals;

void make_threads(nats_connection& client, const thread_group& threads) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  const auto create = R"({"if_absent":true,"limits":{"max_messages":0}})";
  for (std::size_t t = 0; t < threads.count; ++t)
    while (!client.ask_if_there(threads.subject(t, "create"), create, 2s))
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the nodes do not serve");
}

load_result make_and_append_to(nats_connection& client, const load_plan& plan, const thread_group& threads) {
  const message_set messages{content_bytes};
  make_threads(client, threads);
  return append_to(client, plan, threads, messages);
}

std::vector<std::size_t> thread_in_each_partition(const thread_group& threads) {
  std::vector<std::size_t> found(partitions_count, threads.count);
  for (std::size_t t = threads.count; t-- > 0;)
    found[partition_of("bench", threads.prefix + '-' + std::to_string(t), partitions_count).value] = t;
  for (const std::size_t t : found)
    if (t == threads.count) throw std::logic_error("a partition without a thread");
  return found;
}

} // namespace ropewalk::bench
