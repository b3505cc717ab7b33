// How a node that serves looks for others beside its own work.
#include <catch2/catch.hpp>

#include <atomic>

#include "actors/rival_watch.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/service_discovery.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace std::chrono_literals;

namespace {

constexpr instant when_it_started{1'800'000'000'000'000};

// A node as others see it, which serves; how often it was asked for its health. Whether it answers is up to the test.
class seen_node {
public:
  seen_node(const std::string& nats, const std::string& name, bool answers)
      : connection_(*transport::nats_connection::connect({.url = nats})),
        health_(*connection_->subscribe(transport::node_subject("rw", name, "health"), "",
                                        [this, name, answers](transport::nats_message m) {
                                          ++asked_;
                                          if (answers)
                                            (void)connection_->publish(m.reply_to(), R"({"node":")" + name + R"("})");
                                        })),
        discovery_(*transport::service_discovery::start(
            *connection_,
            {.id = name,
             .node = name,
             .version = "0.0.0",
             .metadata = {{"prefix", "rw"}, {"cluster", name}, {"started", to_rfc3339(when_it_started)}}},
            counters_)) {
    REQUIRE(connection_->flush(2s));
  }
  int asked() const { return asked_; }
  transport::nats_connection& connection() { return *connection_; }
  transport::found_node self(const std::string& name) const {
    return {name, name, "rw", name, to_rfc3339(when_it_started)};
  }

private:
  transport::verb_counters counters_;
  std::atomic<int> asked_{0};
  std::unique_ptr<transport::nats_connection> connection_;
  std::unique_ptr<transport::nats_subscription> health_;
  std::unique_ptr<transport::service_discovery> discovery_;
};

} // namespace

TEST_CASE("a node that serves looks for others by itself, and stops doing so while one of them does not answer") {
  tests::nats_server_process server;
  seen_node own(server.url(), "own", true);
  const std::atomic<bool> stop{false};
  auto watch = std::make_unique<actors::rival_watch>(own.connection(), own.self("own"));
  REQUIRE(watch->may_serve(stop));
  watch->keep_looking();
  seen_node one(server.url(), "rival-1", false), two(server.url(), "rival-2", false);
  const auto asked = [&] { return one.asked() + two.asked(); };
  for (int round = 0; round < 10 && asked() == 0; ++round) { // they may be back later than others look for them
    server.kill();
    REQUIRE(tests::eventually([&] { return !own.connection().connected(); }));
    server.start();
    (void)tests::eventually([&] { return asked() > 0; }, 1s);
  }
  REQUIRE(asked() == 1);
  watch->stop();
  const bool closed = GENERATE(false, true); // which breaks off what it waits for
  if (closed) own.connection().close();
  watch.reset();
  CHECK(asked() == 1); // the other one is not asked any more
}

TEST_CASE("a node that looks for others again ends also while there is no reason to ask") {
  tests::nats_server_process server;
  seen_node own(server.url(), "own", true);
  const std::atomic<bool> stop{false};
  auto watch = std::make_unique<actors::rival_watch>(own.connection(), own.self("own"));
  REQUIRE(watch->may_serve(stop));
  watch->keep_looking();
  watch.reset(); // or it would look for ever
  CHECK(own.connection().connected());
}
