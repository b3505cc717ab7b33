// On which connection answers go out.
#include <catch2/catch.hpp>

#include <atomic>

#include "actors/nats_outbox.hpp"
#include "tests/actors/gate.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/nats_connection.hpp"
#include "transport/problem.hpp"

using namespace ropewalk;
using namespace std::chrono_literals;

TEST_CASE("an answer that its own connection cannot take any more goes out on the other one") {
  tests::nats_server_process server;
  tests::gate told;
  const auto connect = [&](bool at_once, auto on_event) {
    auto made =
        transport::nats_connection::connect({.url = server.url(), .send_at_once = at_once, .on_event = on_event});
    REQUIRE(made);
    return *std::move(made);
  };
  const auto gathering = connect(false, nullptr), asker = connect(false, nullptr), at_once = connect(true, nullptr);
  // News of connections come on one thread of the client library: while it is held up here nobody learns of an end.
  const auto last = connect(false, [&](transport::connection_event e, std::string_view) {
    if (e == transport::connection_event::disconnected) told.pass();
  });
  struct opens_at_last {
    ~opens_at_last() { of.open(); }
    tests::gate& of;
  } opened{told};
  const auto inbox = asker->open_inbox("answers");
  REQUIRE(inbox);
  REQUIRE(asker->flush(2s));

  const std::atomic<std::uint64_t> in_flight{1};
  actors::nats_outbox out(*gathering, *at_once, "rw");
  out.watch(in_flight);
  last->close(20ms);
  told.wait_for(1);
  at_once->close(20ms);
  CHECK(at_once->server() == gathering->server()); // or it would not be chosen
  CHECK_FALSE(at_once->publish("answers", "by itself"));

  CHECK(out.reply("answers", "an answer"));
  const auto answer = (*inbox)->next(2s);
  REQUIRE(answer);
  CHECK(answer->body() == "an answer");
  out.refuse("answers", {errc::unavailable, "no_lease", "it could not be confirmed", {}});
  const auto refusal = (*inbox)->next(2s);
  REQUIRE(refusal);
  const auto refused = refusal->reply();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().type == "no_lease");

  const auto large = out.reply("answers", std::string((1 << 20) + 1, 'x'));
  REQUIRE_FALSE(large);
  CHECK(large.error().type == "reply_too_large");
  told.open();
  CHECK(tests::eventually([&] { return at_once->close() && last->close(); }));
}
