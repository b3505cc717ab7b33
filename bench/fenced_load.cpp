#include "bench/fenced_load.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "transport/jetstream_streams.hpp"

namespace ropewalk::bench {

namespace {

using clock = std::chrono::steady_clock;
using replication::publish_outcome;
using replication::stream_id;

constexpr std::chrono::seconds create_time_out{60};

class fenced_load {
public:
  fenced_load(const fenced_plan& plan, replication::record_streams& streams)
      : plan_(plan), streams_(streams), record_(plan.record_bytes, 'x'), slots_(plan.streams) {}

  void create() {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      streams_.create(id(i), [this](replication::stream_change c) {
        const std::scoped_lock lock(mutex_);
        if (c != replication::stream_change::done) failure_ = "a stream was not created";
        ++created_;
        changed_.notify_all();
      });
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, create_time_out, [this] { return created_ == slots_.size() || !failure_.empty(); });
    if (created_ != slots_.size() || !failure_.empty()) throw std::runtime_error("creating streams: " + failure_);
  }

  figure run() {
    std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < slots_.size(); ++i) send(i);
    wait(lock, plan_.warm_up);
    measuring_ = true;
    const auto from = clock::now();
    wait(lock, plan_.measured);
    measuring_ = false;
    const std::chrono::duration<double> elapsed = clock::now() - from;
    stopping_ = true;
    changed_.wait(lock, [this] { return in_flight_ == 0; });
    if (!failure_.empty()) throw std::runtime_error(failure_);
    return {static_cast<double>(latency_.count()) / elapsed.count(), latency_.percentile(0.5),
            latency_.percentile(0.99), latency_.max()};
  }

private:
  struct slot {
    std::uint64_t last = 0;
    clock::time_point sent_at;
  };

  static stream_id id(std::size_t i) { return {partition_id{static_cast<std::uint16_t>(i)}, 1}; }

  void wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time) {
    changed_.wait_for(lock, time, [this] { return !failure_.empty(); });
  }

  void send(std::size_t i) {
    ++in_flight_;
    slots_[i].sent_at = clock::now();
    streams_.publish(id(i), slots_[i].last, record_, [this, i](publish_outcome o) { stored(i, o); });
  }

  void stored(std::size_t i, const publish_outcome& o) {
    const auto now = clock::now();
    const std::scoped_lock lock(mutex_);
    --in_flight_;
    if (o.what != publish_outcome::kind::stored || o.sequence != slots_[i].last + 1)
      failure_ = "a record was not stored";
    slots_[i].last = o.sequence;
    if (measuring_) latency_.record(now - slots_[i].sent_at);
    if (!stopping_ && failure_.empty()) send(i);
    if (in_flight_ == 0 || !failure_.empty()) changed_.notify_all();
  }

  const fenced_plan& plan_;
  replication::record_streams& streams_;
  const std::string record_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<slot> slots_;
  std::size_t created_ = 0, in_flight_ = 0;
  bool measuring_ = false, stopping_ = false;
  std::string failure_;
  latency_histogram latency_;
};

} // namespace

figure measure_fenced(const fenced_plan& plan) {
  const auto connection = transport::nats_connection::connect({.url = plan.url, .wait_for_server = false});
  if (!connection) throw std::runtime_error(connection.error().detail);
  const auto streams =
      transport::jetstream_streams::open(**connection, {.cluster = plan.cluster, .replicas = plan.replicas});
  if (!streams) throw std::runtime_error(streams.error().detail);
  fenced_load load{plan, **streams};
  load.create();
  return load.run();
}

} // namespace ropewalk::bench
