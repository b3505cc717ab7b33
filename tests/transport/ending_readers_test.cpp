// Who ends a subscription, or a stream's reader, may not wait for threads that are busy with others' messages.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "tests/actors/gate.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/jetstream_streams.hpp"
#include "transport/nats_subscription.hpp"

namespace ropewalk::transport {
namespace {

using namespace std::chrono_literals;

// While it lives both threads that hand over messages are held up. Subscriptions go to them in turn.
class busy_delivery {
public:
  explicit busy_delivery(nats_connection& nc) {
    for (const char* subject : {"busy.1", "busy.2"}) {
      auto held = nc.subscribe(subject, {}, [this](nats_message) { gate_.pass(); });
      REQUIRE(held);
      held_.push_back(*std::move(held));
      REQUIRE(nc.publish(subject, ""));
    }
    gate_.wait_for(2);
  }
  ~busy_delivery() { gate_.open(); }

private:
  tests::gate gate_;
  std::vector<std::unique_ptr<nats_subscription>> held_;
};

struct counting_sink final : replication::record_sink {
  void on_record(replication::stored_record) override { ++records; }
  void on_gap(std::uint64_t) override { ++gaps; }
  std::atomic<int> records{0}, gaps{0};
};

constexpr int ended_together = 8;

// Of so many, each of which would wait two seconds for the threads that are held up.
template <class Done>
bool none_waits(Done done) {
  const auto begun = std::chrono::steady_clock::now();
  done();
  return std::chrono::steady_clock::now() - begun < ended_together * 1s;
}

} // namespace

TEST_CASE("a subscription that is let go is not waited for, and its callback is freed by itself") {
  tests::nats_server_process server;
  const auto nc = nats_connection::connect({.url = server.url()});
  REQUIRE(nc);
  auto owned = std::make_shared<std::atomic<int>>(0);
  const std::weak_ptr<std::atomic<int>> seen = owned;
  std::vector<std::unique_ptr<nats_subscription>> left;
  for (int i = 0; i < ended_together; ++i) {
    auto made = (*nc)->subscribe("left", {}, [calls = owned](nats_message) { ++*calls; });
    REQUIRE(made);
    left.push_back(*std::move(made));
  }
  owned.reset();
  {
    busy_delivery busy(**nc);
    REQUIRE((*nc)->publish("left", "comes too late"));
    REQUIRE((*nc)->flush(2s));
    CHECK(none_waits([&] {
      for (auto& s : left) nats_subscription::state::let_go(std::move(s));
    }));
    const auto calls = seen.lock();
    REQUIRE(calls); // the library may still call it
    CHECK(*calls == 0);
  }
  CHECK(tests::eventually([&] { return seen.expired(); }));
}

TEST_CASE("a subscription that is let go inside its own callback ends with it") {
  tests::nats_server_process server;
  const auto nc = nats_connection::connect({.url = server.url()});
  REQUIRE(nc);
  std::atomic<int> calls{0};
  std::atomic<bool> gone{false};
  std::unique_ptr<nats_subscription> own;
  auto made = (*nc)->subscribe("own", {},
                               [&, ends = std::shared_ptr<void>(nullptr, [&](void*) { gone = true; })](nats_message) {
                                 ++calls;
                                 if (own) nats_subscription::state::let_go(std::move(own));
                               });
  REQUIRE(made);
  own = *std::move(made);
  for (int i = 0; i < 10; ++i) REQUIRE((*nc)->publish("own", "x"));
  CHECK(tests::eventually([&] { return gone.load(); }));
  CHECK(calls == 1);
}

TEST_CASE("a reader ends while the threads that hand over messages are busy, and tells nothing afterwards") {
  tests::nats_server_process server;
  const auto nc = nats_connection::connect({.url = server.url()});
  REQUIRE(nc);
  const auto streams = jetstream_streams::open(**nc, {.cluster = "c1"});
  REQUIRE(streams);
  constexpr replication::stream_id one{partition_id{1}, 1};
  std::atomic<bool> created{false};
  (*streams)->create(one, [&](replication::stream_change done) { created = done == replication::stream_change::done; });
  REQUIRE(tests::eventually([&] { return created.load(); }));

  auto sink = std::make_shared<counting_sink>();
  std::vector<std::unique_ptr<replication::record_reader>> readers;
  for (int i = 0; i < ended_together; ++i) readers.push_back((*streams)->read(one, 1, sink));
  const std::string subject = (*streams)->names().subject(one);
  REQUIRE((*nc)->publish(subject, "first"));
  REQUIRE(tests::eventually([&] { return sink->records == ended_together; }));
  {
    busy_delivery busy(**nc);
    for (int i = 0; i < 10; ++i) REQUIRE((*nc)->publish(subject, "on its way"));
    REQUIRE((*nc)->flush(2s));
    std::this_thread::sleep_for(20ms); // they wait for those threads now
    CHECK(none_waits([&] { readers.clear(); }));
  }
  CHECK(tests::eventually([&] { return sink.use_count() == 1; }));
  CHECK(sink->records == ended_together);
  CHECK(sink->gaps == 0);
}

TEST_CASE("readers that end with their streams and connection leave nothing behind") {
  tests::nats_server_process server;
  auto sink = std::make_shared<counting_sink>();
  {
    const auto nc = nats_connection::connect({.url = server.url()});
    REQUIRE(nc);
    const auto streams = jetstream_streams::open(**nc, {.cluster = "c1"});
    REQUIRE(streams);
    constexpr replication::stream_id one{partition_id{1}, 1};
    std::atomic<bool> created{false};
    (*streams)->create(one,
                       [&](replication::stream_change done) { created = done == replication::stream_change::done; });
    REQUIRE(tests::eventually([&] { return created.load(); }));
    const std::string subject = (*streams)->names().subject(one);
    for (int i = 0; i < 500; ++i) REQUIRE((*nc)->publish(subject, "x"));
    std::vector<std::unique_ptr<replication::record_reader>> readers;
    for (int i = 0; i < 20; ++i) readers.push_back((*streams)->read(one, 1, sink));
    REQUIRE(tests::eventually([&] { return sink->records > 1000; }));
  }
  CHECK(tests::eventually([&] { return sink.use_count() == 1; }));
  const int told = sink->records;
  std::this_thread::sleep_for(20ms);
  CHECK(sink->records == told);
}

} // namespace ropewalk::transport
