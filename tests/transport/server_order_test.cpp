// Which of several servers a connection goes to.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "tests/support/eventually.hpp"
#include "tests/support/nats_server_process.hpp"
#include "transport/nats_connection.hpp"
#include "transport/nats_settings.hpp"

namespace ropewalk::transport {

using server_names = std::vector<std::string>;

TEST_CASE("a draw gives one order of the servers, and different draws different ones") {
  const std::string list = "nats://a:4222, nats://b:4222,nats://c:4222";
  const server_names named{"nats://a:4222", "nats://b:4222", "nats://c:4222"};
  CHECK(servers_in_order(list, 0) == named);
  std::set<std::string> first;
  for (std::uint64_t draw = 1; draw <= 50; ++draw) {
    const server_names drawn = servers_in_order(list, draw);
    CHECK(servers_in_order(list, draw) == drawn);
    CHECK(std::is_permutation(drawn.begin(), drawn.end(), named.begin(), named.end()));
    first.insert(drawn.front());
  }
  CHECK(first.size() == 3); // nodes spread over the servers
  CHECK(servers_in_order("", 7).empty());
  CHECK(servers_in_order("nats://a:4222", 7) == server_names{"nats://a:4222"});
}

TEST_CASE("connections with one draw are on one server, also after it is gone, and after the next one is") {
  std::vector<std::unique_ptr<tests::nats_server_process>> servers;
  std::string list;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(std::make_unique<tests::nats_server_process>());
    list += (i ? "," : "") + servers.back()->url();
  }
  std::vector<std::unique_ptr<nats_connection>> connections;
  for (int i = 0; i < 6; ++i) { // by themselves they would hardly ever be
    auto made = nats_connection::connect({.url = list, .order_draw = 5});
    REQUIRE(made);
    connections.push_back(*std::move(made));
  }
  const auto together = [&] {
    const std::uint64_t server = connections.front()->server();
    return server != 0 &&
           std::all_of(connections.begin(), connections.end(), [&](const auto& c) { return c->server() == server; });
  };
  const server_names order = servers_in_order(list, 5);
  const auto server = [&](std::size_t nth) -> tests::nats_server_process& {
    return **std::find_if(servers.begin(), servers.end(), [&](const auto& s) { return s->url() == order[nth]; });
  };
  const auto meet_at = [&](std::size_t nth) {
    return tests::eventually([&] { return together() && connections.front()->connected_url() == order[nth]; });
  };
  REQUIRE(meet_at(0));
  server(0).kill();
  REQUIRE(meet_at(1));
  server(0).start();
  server(1).kill();
  REQUIRE(meet_at(2));
  server(2).kill();
  REQUIRE(meet_at(0));
}

} // namespace ropewalk::transport
