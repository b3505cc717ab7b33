// Who of two nodes behind one prefix may serve, when the one that started earlier is the later one to be known.

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "actors/rival_watch.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/service_discovery.hpp"
#include "transport/subject.hpp"

using namespace ropewalk;
using namespace ropewalk::tests;
using namespace std::chrono_literals;

namespace {

// As much of a node as others see of it: it makes itself known, looks, and answers for its health once it serves.
class announced {
public:
  announced(const nats_server_process& nats, const std::string& name, instant started)
      : name_(name), connection_(*transport::nats_connection::connect({.url = nats.url()})),
        discovery_(*transport::service_discovery::start(
            *connection_,
            {.id = name,
             .node = name,
             .version = "0.0.0",
             .started = started,
             .metadata = {{"prefix", "rw"}, {"cluster", name}, {"started", to_rfc3339(started)}},
             .serving = &serving_},
            counters_)),
        watch_(*connection_, {name, name, "rw", name, to_rfc3339(started)}) {}

  // As node::run does it.
  bool serve_if_alone() {
    if (!watch_.may_serve(stop_)) return false;
    auto health = connection_->subscribe(transport::node_subject("rw", name_, "health"), "", [this](auto m) {
      (void)connection_->publish(m.reply_to(), "{\"node\":\"" + name_ + "\"}");
    });
    if (!health) return false;
    health_ = *std::move(health);
    serving_ = true;
    return true;
  }
  void leave() { discovery_.reset(); }

private:
  const std::string name_;
  std::atomic<bool> serving_{false}, stop_{false};
  transport::verb_counters counters_;
  std::unique_ptr<transport::nats_connection> connection_;
  std::unique_ptr<transport::service_discovery> discovery_;
  std::unique_ptr<transport::nats_subscription> health_;
  actors::rival_watch watch_;
};

constexpr instant noon{1'800'000'000'000'000};
constexpr instant a_second_later{noon.us + 1'000'000};

} // namespace

TEST_CASE("a node that started earlier and is known later gives way to the one that could not see it") {
  nats_server_process nats;
  announced later(nats, "later", a_second_later);
  bool later_serves = false;
  std::thread looking([&] { later_serves = later.serve_if_alone(); });
  std::this_thread::sleep_for(100ms); // it has asked who is there
  announced earlier(nats, "earlier", noon);
  const bool earlier_serves = earlier.serve_if_alone();
  looking.join();
  CHECK(earlier_serves != later_serves);
}

TEST_CASE("a node that started earlier serves once the later one has given way") {
  nats_server_process nats;
  announced earlier(nats, "earlier", noon);
  announced later(nats, "later", a_second_later);
  bool later_serves = true;
  std::thread refused([&] {
    later_serves = later.serve_if_alone();
    std::this_thread::sleep_for(1s); // on its way out it is still seen
    later.leave();
  });
  CHECK(earlier.serve_if_alone());
  refused.join();
  CHECK_FALSE(later_serves);
}

TEST_CASE("a node does not serve beside one that never decides") {
  nats_server_process nats;
  announced undecided(nats, "undecided", a_second_later);
  announced earlier(nats, "earlier", noon);
  CHECK_FALSE(earlier.serve_if_alone());
}
