#pragma once
// The contract's world of real servers: shared by all cases of a kind, each under a cluster id of its own.

#include <memory>
#include <optional>
#include <string>

#include "tests/streams/stream_world.hpp"
#include "tests/support/full_account.hpp"
#include "tests/support/nats_servers.hpp"
#include "transport/jetstream_streams.hpp"

namespace ropewalk::tests {

class jetstream_world final : public stream_world {
public:
  jetstream_world(nats_servers& servers, int replicas); // of each stream
  ~jetstream_world() override;

  replication::record_streams& streams() override { return *ours_.streams; }
  replication::record_streams& rival() override { return *rival_.streams; }
  replication::record_streams& stranger() override { return *stranger_.streams; }
  const char* lacks(stream_fault fault) const override;
  void inject(stream_fault fault, replication::stream_id which) override;
  bool goes_on_under(stream_fault fault) const override;
  void heal() override;
  bool run_until(const std::function<bool()>& holds) override;

private:
  struct client {
    std::unique_ptr<transport::nats_connection> connection;
    std::unique_ptr<transport::jetstream_streams> streams;
  };
  client connect(const std::string& cluster) const;
  void restart_all(void (nats_servers::*in_between)());

  nats_servers& servers_;
  const int replicas_;
  client ours_, rival_, stranger_;
  int paused_ = -1;
  std::optional<full_account> full_;
};

} // namespace ropewalk::tests
