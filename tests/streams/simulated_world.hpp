#pragma once
// The contract's world of simulated streams, of one seed: those that tests/sim runs replication on. Time goes on only inside
// run_until().

#include "tests/sim/sim_streams.hpp"
#include "tests/streams/stream_world.hpp"

namespace ropewalk::tests {

class simulated_world final : public stream_world {
public:
  // slow: as streams of several servers are.
  simulated_world(std::uint64_t seed, bool slow);

  replication::record_streams& streams() override { return ours_; }
  replication::record_streams& rival() override { return rival_; }
  replication::record_streams& stranger() override { return stranger_; }
  const char* lacks(stream_fault fault) const override;
  void inject(stream_fault fault, replication::stream_id which) override;
  bool goes_on_under(stream_fault fault) const override;
  void heal() override;
  bool run_until(const std::function<bool()>& holds) override;

private:
  void leaderless(std::int64_t for_us);

  sim::scheduler clock_;
  sim::sim_random chance_;
  // What keeps clusters on the same servers apart are names, of which the simulated streams have none.
  sim::sim_streams cluster_{clock_, chance_}, others_{clock_, chance_};
  sim::sim_access ours_{cluster_}, rival_{cluster_}, stranger_{others_};
};

} // namespace ropewalk::tests
