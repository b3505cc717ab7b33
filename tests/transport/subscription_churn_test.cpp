#include <catch2/catch.hpp>

#include <malloc.h>

#include <atomic>
#include <thread>

#include "tests/support/nats_server_process.hpp"
#include "transport/nats_connection.hpp"

namespace ropewalk::transport {

TEST_CASE("subscriptions may end while messages for them arrive") {
  tests::nats_server_process server;
  const auto service = nats_connection::connect({.url = server.url()});
  const auto client = nats_connection::connect({.url = server.url()});
  REQUIRE(service);
  REQUIRE(client);
  std::atomic<bool> stop{false};
  std::thread talker([&] {
    for (int i = 0; !stop; ++i) {
      static_cast<void>((*client)->publish("churn", "x"));
      if (i % 64 == 0) static_cast<void>((*client)->flush(std::chrono::seconds(1)));
    }
  });
  mallopt(M_PERTURB, 0x5A); // what is used after it was freed shows at once
  std::atomic<int> received{0};
  for (int i = 0; i < 1500; ++i) {
    const int before = received;
    auto callback = (*service)->subscribe("churn", {}, [&](nats_message) { ++received; });
    auto inbox = (*service)->open_inbox("churn");
    REQUIRE(callback);
    REQUIRE(inbox);
    while (received == before) std::this_thread::yield();
  }
  mallopt(M_PERTURB, 0);
  stop = true;
  talker.join();
  CHECK((*service)->close());
}

} // namespace ropewalk::transport
