#include "tests/streams/jetstream_world.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace ropewalk::tests {
namespace {

constexpr std::chrono::seconds longest_wait{60}; // several elections on a machine that is busy otherwise

std::string fresh_cluster() {
  static std::atomic<int> worlds{0};
  return "c" + std::to_string(++worlds);
}

} // namespace

jetstream_world::jetstream_world(nats_servers& servers, int replicas) : servers_(servers), replicas_(replicas) {
  const std::string cluster = fresh_cluster();
  ours_ = connect(cluster);
  rival_ = connect(cluster);
  stranger_ = connect(cluster + "_p00003"); // as much alike as ids can be
}

jetstream_world::~jetstream_world() { heal(); }

jetstream_world::client jetstream_world::connect(const std::string& cluster) const {
  auto connection = transport::nats_connection::connect({.url = servers_.url()});
  if (!connection) throw std::runtime_error(connection.error().detail);
  auto streams = transport::jetstream_streams::open(
      **connection, {.cluster = cluster, .replicas = replicas_, .publish_wait = std::chrono::seconds(1)});
  if (!streams) throw std::runtime_error(streams.error().detail);
  return {*std::move(connection), *std::move(streams)};
}

const char* jetstream_world::lacks(stream_fault fault) const {
  if (fault == stream_fault::no_room && servers_.ask("$JS.API.INFO").find(R"("max_storage":-1)") != std::string::npos)
    return "the servers' account has no limit";
  if (fault != stream_fault::lose_end) return nullptr;
  return "a nats-server loses a stream's end in a power cut only; an older copy that is put back is as short";
}

void jetstream_world::inject(stream_fault fault, replication::stream_id which) {
  const auto leader = [&] {
    int at = -1;
    const std::string name = ours_.streams->names().stream(which);
    if (!run_until([&] { return (at = servers_.leader_of(name)) >= 0; })) throw std::runtime_error("no leader");
    return at;
  };
  switch (fault) {
  case stream_fault::crash_leader: return servers_[leader()].kill();
  case stream_fault::pause_leader: return servers_[paused_ = leader()].pause();
  case stream_fault::crash_all: return servers_.kill_all();
  case stream_fault::wipe: return restart_all(&nats_servers::wipe_stores);
  case stream_fault::keep_copy: return restart_all(&nats_servers::copy_stores);
  case stream_fault::put_back_copy: return restart_all(&nats_servers::put_back_stores);
  case stream_fault::lose_end: throw std::logic_error(lacks(fault));
  case stream_fault::no_room: full_.emplace(servers_); return;
  }
}

bool jetstream_world::goes_on_under(stream_fault fault) const {
  return replicas_ > 1 && (fault == stream_fault::crash_leader || fault == stream_fault::pause_leader);
}

void jetstream_world::restart_all(void (nats_servers::*in_between)()) {
  servers_.kill_all();
  (servers_.*in_between)();
  heal();
}

void jetstream_world::heal() {
  full_.reset();
  if (paused_ >= 0) servers_[std::exchange(paused_, -1)].go_on();
  servers_.start_all();
}

bool jetstream_world::run_until(const std::function<bool()>& holds) {
  const auto give_up = std::chrono::steady_clock::now() + longest_wait;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

} // namespace ropewalk::tests
