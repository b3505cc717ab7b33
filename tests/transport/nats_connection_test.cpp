#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/support/eventually.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/nats_connection.hpp"
#include "transport/problem.hpp"

namespace ropewalk::transport {
namespace {

using namespace std::chrono_literals;
using tests::eventually;

std::unique_ptr<nats_connection> connected_to(const tests::nats_server_process& server) {
  auto nc = nats_connection::connect({.url = server.url()});
  REQUIRE(nc);
  REQUIRE((*nc)->connected());
  return *std::move(nc);
}

// Answers each request with its own body.
std::unique_ptr<nats_subscription> echo(nats_connection& nc, const std::string& subject) {
  auto sub =
      nc.subscribe(subject, "echo", [&nc](nats_message m) { static_cast<void>(nc.publish(m.reply_to(), m.body())); });
  REQUIRE(sub);
  REQUIRE(nc.flush(2s));
  return *std::move(sub);
}

} // namespace

TEST_CASE("a request is answered, and its bytes come back as they went") {
  tests::nats_server_process server;
  auto service = connected_to(server), client = connected_to(server);
  const auto sub = echo(*service, "echo");
  const std::string body("a\0b\xFF", 4);
  const auto reply = client->request("echo", {}, body, 2s);
  REQUIRE(reply);
  CHECK(reply->body() == body);
  CHECK(*reply->reply() == body);
}

TEST_CASE("headers arrive, each value of its own") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  const auto inbox = nc->open_inbox("here");
  REQUIRE(inbox);
  const header_view headers[] = {{"Rw-Ack", "local"}, {"Twice", "a"}, {"Twice", "b"}};
  REQUIRE(nc->publish("here", headers, "x"));
  const auto m = (*inbox)->next(2s);
  REQUIRE(m);
  CHECK(m->header("Rw-Ack") == "local");
  CHECK(!m->header("rw-ack"));
  std::size_t twice = 0;
  const auto all = m->headers();
  REQUIRE(all);
  for (const header_view& h : *all) twice += h.name == "Twice";
  CHECK(twice == 2);
  CHECK(all->size() == 3);
}

TEST_CASE("a problem in a reply's headers is an error to the client") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  const auto sub = nc->subscribe("refuse", {}, [&](nats_message m) {
    const problem p = to_problem({errc::conflict, "thread_closed", "the thread is closed", {}});
    const header_view headers[] = {{error_code_header, p.code}, {error_title_header, p.title}};
    static_cast<void>(nc->publish(m.reply_to(), headers, p.body));
  });
  REQUIRE(sub);
  const auto reply = nc->request("refuse", {}, "{}", 2s);
  REQUIRE(reply);
  const auto body = reply->reply();
  REQUIRE(!body);
  CHECK(body.error().code == errc::conflict);
  CHECK(body.error().type == "thread_closed");
}

TEST_CASE("nobody there, nobody answers and nothing listens are told apart") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  const auto nobody = nc->request("nobody.is.here", {}, "", 2s);
  REQUIRE(!nobody);
  CHECK(nobody.error().code == errc::unavailable);
  CHECK(nobody.error().type == "no_responders");

  const auto silent = nc->open_inbox("silent");
  const auto late = nc->request("silent", {}, "", 50ms);
  REQUIRE(!late);
  CHECK(late.error().code == errc::timeout);

  const auto refused = nats_connection::connect(
      {.url = "nats://127.0.0.1:" + std::to_string(tests::free_port()), .wait_for_server = false});
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::unavailable);
}

TEST_CASE("a body over the server's limit is refused before it is sent") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  CHECK(nc->max_payload() == 1 << 20);
  const auto sent = nc->publish("x", std::string((1 << 20) + 1, 'x'));
  REQUIRE(!sent);
  CHECK(sent.error().code == errc::too_large);
  CHECK(!nc->publish("", "x"));
}

TEST_CASE("a body in two pieces arrives as one") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  const auto inbox = nc->open_inbox("here");
  REQUIRE(nc->publish("here", R"({"id":"m1",)", R"("receipt":{}})"));
  const auto m = (*inbox)->next(2s);
  REQUIRE(m);
  CHECK(m->body() == R"({"id":"m1","receipt":{}})");
}

TEST_CASE("after a crash of the server requests are served again by the same subscription") {
  tests::nats_server_process server;
  std::mutex lock;
  std::vector<connection_event> events;
  auto made = nats_connection::connect({.url = server.url(), .on_event = [&](connection_event e, std::string_view) {
                                          const std::scoped_lock guard(lock);
                                          events.push_back(e);
                                        }});
  REQUIRE(made);
  auto& service = **made;
  const auto sub = echo(service, "echo");
  auto client = connected_to(server);
  for (int round = 1; round <= 3; ++round) {
    server.kill();
    REQUIRE(eventually([&] { return !service.connected(); }));
    static_cast<void>(service.publish("while.away", "x")); // waits in the client's buffer, or is refused: no harm
    server.start();
    REQUIRE(eventually([&] { return service.connected() && client->connected(); }));
    CHECK(eventually([&] { return service.reconnects() == static_cast<std::uint64_t>(round); })); // told a moment later
    REQUIRE(eventually([&] { return bool(client->request("echo", {}, "again", 500ms)); }));
  }
  const std::scoped_lock guard(lock);
  CHECK(events.front() == connection_event::connected);
  CHECK(std::count(events.begin(), events.end(), connection_event::disconnected) == 3);
  CHECK(std::count(events.begin(), events.end(), connection_event::reconnected) == 3);
}

TEST_CASE("a connection that the server has ended with an error is lost, and known to be") {
  const tests::scratch_directory scratch;
  const std::string file = scratch / "server.conf";
  std::ofstream(file) << "max_connections: 100\n";
  tests::nats_server_process server({"-c", file});
  auto first = connected_to(server);
  auto second = connected_to(server);
  std::ofstream(file) << "max_connections: 1\n";
  ::kill(server.pid(), SIGHUP);
  REQUIRE(eventually([&] { return first->lost() || second->lost(); }, 10s));
  CHECK_FALSE(((first->lost() && first->connected()) || (second->lost() && second->connected())));
}

TEST_CASE("a server that stands still is noticed and met again") {
  tests::nats_server_process server;
  auto nc = connected_to(server);
  server.pause();
  CHECK(eventually([&] { return !nc->connected(); }, 5s));
  server.go_on();
  CHECK(eventually([&] { return nc->connected(); }, 5s));
}

TEST_CASE("a node waits for a server that is not there yet") {
  tests::nats_server_process server;
  server.kill();
  std::atomic<int> told{0};
  auto nc = nats_connection::connect({.url = server.url(), .on_event = [&](connection_event e, std::string_view) {
                                        told += e == connection_event::connected;
                                      }});
  REQUIRE(nc);
  CHECK(!(*nc)->connected());
  auto sub =
      (*nc)->subscribe("echo", {}, [&](nats_message m) { static_cast<void>((*nc)->publish(m.reply_to(), "here")); });
  REQUIRE(sub);
  server.start();
  REQUIRE(eventually([&] { return (*nc)->connected(); }));
  auto client = connected_to(server);
  REQUIRE(eventually([&] { return bool(client->request("echo", {}, "", 500ms)); }));
  CHECK(eventually([&] { return told == 1; }));
  (*sub).reset();
}

TEST_CASE("a connection that never found a server can be closed") {
  auto nc = nats_connection::connect({.url = "nats://127.0.0.1:" + std::to_string(tests::free_port())});
  REQUIRE(nc);
  (*nc)->close(500ms);
}

TEST_CASE("a drained subscription has handed over all that arrived, and calls nothing afterwards") {
  tests::nats_server_process server;
  auto service = connected_to(server), client = connected_to(server);
  std::atomic<int> handled{0};
  auto sub = service->subscribe("work", {}, [&](nats_message) {
    std::this_thread::sleep_for(1ms);
    ++handled;
  });
  REQUIRE(sub);
  REQUIRE(service->flush(2s));
  for (int i = 0; i < 200; ++i) REQUIRE(client->publish("work", "x"));
  REQUIRE(client->flush(2s));
  REQUIRE(service->flush(2s));
  CHECK((*sub)->drain(5s));
  CHECK(handled == 200);
  REQUIRE(client->publish("work", "x"));
  REQUIRE(client->flush(2s));
  std::this_thread::sleep_for(20ms);
  CHECK(handled == 200);
}

TEST_CASE("what was published before close has arrived") {
  tests::nats_server_process server;
  auto client = connected_to(server);
  const auto inbox = client->open_inbox("here");
  REQUIRE(client->flush(2s));
  {
    auto nc = connected_to(server);
    for (int i = 0; i < 1000; ++i) REQUIRE(nc->publish("here", std::to_string(i)));
    CHECK(nc->close());
    CHECK(nc->close()); // again: nothing
    CHECK(!nc->publish("here", "late"));
  }
  for (int i = 0; i < 1000; ++i) {
    const auto m = (*inbox)->next(2s);
    REQUIRE(m);
    CHECK(m->body() == std::to_string(i));
  }
}

TEST_CASE("publishes from many threads all arrive without an explicit flush") {
  tests::nats_server_process server;
  auto service = connected_to(server), client = connected_to(server);
  std::atomic<int> arrived{0};
  const auto sub = service->subscribe("many", {}, [&](nats_message) { ++arrived; });
  REQUIRE(service->flush(2s));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i)
        if (!client->publish("many", "x")) return;
    });
  for (std::thread& t : threads) t.join();
  CHECK(eventually([&] { return arrived == 20'000; }));
}

} // namespace ropewalk::transport
