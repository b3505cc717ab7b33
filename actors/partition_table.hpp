#pragma once
// From an entity to its partition's actor; the node's request router.

#include <functional>
#include <mutex>
#include <vector>

#include "actors/caf_port.hpp"
#include "actors/cluster/ownership.hpp"
#include "actors/entity_environment.hpp"

namespace ropewalk::actors {

class partition_table final : public request_router {
public:
  explicit partition_table(std::uint16_t partitions) : partitions_(partitions) {}
  void open(std::vector<caf::actor> owners);
  // After it, requests are refused: nothing can reach the actors any more. Returns them for their end.
  std::vector<caf::actor> close();

  void route(request_ptr r) override;
  void route(partition_id partition, request_ptr r); // when the partition is known already
  // In a cluster: what is routed to a partition that is not served here, and what is to be repeated until it has arrived,
  // wherever it goes. Not changed while requests come.
  void go_elsewhere(const ownership* owners, std::function<void(partition_id, request_ptr)> elsewhere,
                    std::function<bool(const request&)> is_repeated) {
    of_cluster_ = owners;
    elsewhere_ = std::move(elsewhere);
    is_repeated_ = std::move(is_repeated);
  }
  void tell_all_failed(std::uint64_t generation);
  // ---- in a cluster ----
  void serve(partition_id p, std::uint64_t generation, std::uint64_t views_behind);
  void lose(partition_id p, std::uint64_t generation);
  void drain(partition_id p, bool on);
  std::uint16_t partitions() const noexcept { return partitions_; }

private:
  const std::uint16_t partitions_;
  const ownership* of_cluster_ = nullptr;
  std::function<void(partition_id, request_ptr)> elsewhere_;
  std::function<bool(const request&)> is_repeated_;
  mutable std::mutex mutex_; // held for a post only: close() must not run between the look and the post
  std::vector<caf::actor> owners_;
};

} // namespace ropewalk::actors
