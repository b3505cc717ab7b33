// What JetStream does beyond the contract, and the names of its streams.
#include <catch2/catch.hpp>

#include <fstream>
#include <mutex>

#include <nlohmann/json.hpp>

#include "tests/streams/jetstream_world.hpp"
#include "tests/streams/stream_calls.hpp"

namespace ropewalk::tests {
namespace {

using namespace std::chrono_literals;
using replication::publish_outcome;
using replication::stream_change;
using replication::stream_facts;
using replication::stream_id;
using transport::jetstream_streams;
using transport::nats_connection;
using transport::stream_names;
using outcome = publish_outcome::kind;

constexpr stream_id one{partition_id{3}, 7};

nlohmann::json ask(nats_connection& nc, const std::string& subject, const std::string& body = {}) {
  const auto answer = nc.request(subject, {}, body, 5s);
  REQUIRE(answer);
  return nlohmann::json::parse(answer->body());
}

} // namespace

TEST_CASE("a stream's name says cluster, partition and generation, and nothing else is read as one") {
  const stream_names names("rw.prod", "east-1");
  const stream_id last{partition_id{65535}, 18'446'744'073'709'551'615u};
  CHECK(names.stream(one) == "RW_PROD_east-1_p00003_g00000000000000000007");
  CHECK(names.subject(one) == "rw.prod.log.east-1.p00003.g00000000000000000007");
  CHECK(names.parse(names.stream(one)) == one);
  CHECK(names.parse(names.stream(last)) == last);
  for (const char* other :
       {"", "RW_PROD_east-1_", "RW_PROD_east-1_p00003_g0000000000000000000",
        "RW_PROD_east-1_p00003_g000000000000000000071", "RW_PROD_east-1_p99999_g00000000000000000007",
        "RW_PROD_east-1_q00003_g00000000000000000007", "RW_PROD_east-1_p0000x_g00000000000000000007",
        "RW_PROD_east-1_p00003_g99999999999999999999", "RW_PROD_east-2_p00003_g00000000000000000007",
        "RW_PROD_east-1_p00001_p00003_g00000000000000000007"})
    CHECK(!names.parse(other));
}

TEST_CASE("settings that JetStream could not take are refused by name") {
  nats_server_process server;
  const auto nc = nats_connection::connect({.url = server.url()});
  REQUIRE(nc);
  const auto field = [&](transport::jetstream_settings s) {
    const auto opened = jetstream_streams::open(**nc, std::move(s));
    return opened ? std::string{} : opened.error().field;
  };
  CHECK(field({.cluster = "c1"}) == "");
  CHECK(field({.cluster = ""}) == "cluster");
  CHECK(field({.cluster = "a.b"}) == "cluster");
  CHECK(field({.cluster = std::string(65, 'a')}) == "cluster");
  CHECK(field({.prefix = "rw.>", .cluster = "c1"}) == "prefix");
  CHECK(field({.cluster = "c1", .replicas = 0}) == "replicas");
}

TEST_CASE("a record over the server's limit is too large, and the next one is stored") {
  nats_servers servers(1);
  jetstream_world w(servers, 1);
  REQUIRE(create(w, one) == stream_change::done);
  CHECK(publish(w, w.streams(), one, 0, std::string(1 << 20, 'x')).what == outcome::too_large);
  // The fence's header counts as well.
  const auto most = publish(w, w.streams(), one, 0, std::string((1 << 20) - 100, 'x'));
  CHECK(most.what == outcome::stored);
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 1; }));
  CHECK(sink->records().front().bytes.size() == (1 << 20) - 100);
}

TEST_CASE("streams that are closed answer what is open as unknown, once, and nothing afterwards") {
  nats_servers servers(1);
  const auto nc = nats_connection::connect({.url = servers.url()});
  REQUIRE(nc);
  std::vector<std::shared_ptr<told<publish_outcome>>> published;
  std::shared_ptr<told<stream_facts>> inspected;
  {
    auto streams = jetstream_streams::open(**nc, {.cluster = "c1", .publish_wait = 60s, .api_wait = 60s});
    REQUIRE(streams);
    servers.kill_all();
    for (int i = 0; i < 20; ++i) published.push_back(begin_publish(**streams, one, 0, "x"));
    inspected = begin_call<stream_facts>([&](auto done) { (*streams)->inspect(one, done); });
  }
  for (const auto& p : published) CHECK(p->take().what == outcome::unknown);
  CHECK(inspected->take().what == stream_facts::kind::unknown);
}

TEST_CASE(
    "a publish that waited in the client for the server is stored after the reconnect, if its fence still holds") {
  nats_servers servers(1);
  jetstream_world w(servers, 1);
  REQUIRE(create(w, one) == stream_change::done);
  REQUIRE(publish(w, w.streams(), one, 0, "first").what == outcome::stored);
  servers.kill_all();
  REQUIRE(publish(w, w.streams(), one, 1, "may be lost on the way").what == outcome::unknown);
  REQUIRE(publish(w, w.streams(), one, 1, "late").what == outcome::unknown);
  REQUIRE(publish(w, w.streams(), one, 1, "too late").what == outcome::unknown);
  servers.start_all();
  REQUIRE(w.run_until([&] { return inspect(w, one).last == 2; }));
  const auto sink = std::make_shared<recording_sink>();
  const auto reader = w.streams().read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 2; }));
  CHECK(sink->records()[1].bytes != "too late");
  const auto next = publish(w, w.streams(), one, 2, "next");
  CHECK(next.what == outcome::stored);
}

TEST_CASE("a stream with the same name and another subject is left alone") {
  nats_servers servers(1);
  const auto nc = nats_connection::connect({.url = servers.url()});
  REQUIRE(nc);
  std::mutex lock;
  std::string trouble;
  const auto streams = jetstream_streams::open(**nc, {.cluster = "c1", .on_trouble = [&](std::string_view sentence) {
                                                        const std::scoped_lock guard(lock);
                                                        trouble = sentence;
                                                      }});
  REQUIRE(streams);
  const std::string name = (*streams)->names().stream(one);
  ask(**nc, "$JS.API.STREAM.CREATE." + name, R"({"name":")" + name + R"(","subjects":["elsewhere"]})");
  jetstream_world waits(servers, 1);
  const auto made = begin_call<stream_change>([&](auto done) { (*streams)->create(one, done); });
  CHECK(wait_for(waits, made) == stream_change::unknown);
  const std::scoped_lock guard(lock);
  CHECK(trouble.find("its subject is elsewhere") != std::string::npos);
  CHECK(ask(**nc, "$JS.API.STREAM.INFO." + name)["config"]["subjects"] == nlohmann::json{"elsewhere"});
}

TEST_CASE("records are read while no consumer can be made, and a stream in its place is noticed") {
  const scratch_directory scratch;
  const std::string file = scratch / "server.conf";
  // As while the servers' own log has no leader, for one of two users.
  std::ofstream(file) << R"(authorization { users: [
    { user: all, password: p },
    { user: few, password: p, permissions: { publish: { allow: [">"], deny: ["$JS.API.CONSUMER.CREATE.>"] } } } ] }
    no_auth_user: all)";
  nats_servers servers(1, {}, {"-c", file});
  jetstream_world w(servers, 1);
  const auto nc = nats_connection::connect({.url = servers.url(), .user = "few", .password = "p"});
  const auto full = nats_connection::connect({.url = servers.url()});
  REQUIRE(nc);
  REQUIRE(full);
  REQUIRE((*nc)->connected());
  const auto few = jetstream_streams::open(**nc, {.cluster = "c1"}), all = jetstream_streams::open(**full, {.cluster = "c1"});
  REQUIRE(few);
  REQUIRE(all);
  const auto make = [&] {
    return wait_for(w, begin_call<stream_change>([&](auto done) { (*all)->create(one, done); }));
  };
  REQUIRE(make() == stream_change::done);
  const std::string large(700'000, '\xfe');
  const std::vector<std::string> written{"a", "bc", std::string("\0\xff\0", 3), large, ""};
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(publish(w, **all, one, i, written[i]).what == outcome::stored);
  const auto sink = std::make_shared<recording_sink>();
  auto reader = (*few)->read(one, 1, sink);
  REQUIRE(w.run_until([&] { return sink->count() == 3; }));
  for (std::size_t i = 3; i < written.size(); ++i)
    REQUIRE(publish(w, **all, one, i, written[i]).what == outcome::stored);
  REQUIRE(w.run_until([&] { return sink->count() == written.size(); }));
  for (std::size_t i = 0; i < written.size(); ++i) {
    CHECK(sink->records()[i].sequence == i + 1);
    CHECK(sink->records()[i].bytes == written[i]);
  }
  CHECK_FALSE(sink->gap());

  ask(**full, "$JS.API.STREAM.DELETE." + (*few)->names().stream(one));
  REQUIRE(make() == stream_change::done);
  for (std::size_t i = 0; i < 6; ++i) REQUIRE(publish(w, **all, one, i, "another").what == outcome::stored);
  CHECK(w.run_until([&] { return sink->gap().has_value(); }));
  CHECK(sink->count() == written.size());
}

TEST_CASE("a stream keeps everything, on disk, until it is trimmed, and a reader that ended leaves no consumer") {
  nats_servers servers(1);
  jetstream_world w(servers, 1);
  const auto nc = nats_connection::connect({.url = servers.url()});
  REQUIRE(nc);
  REQUIRE(create(w, one) == stream_change::done);
  const auto names = ask(**nc, "$JS.API.STREAM.NAMES")["streams"];
  REQUIRE(names.size() == 1);
  const std::string info = "$JS.API.STREAM.INFO." + names[0].get<std::string>();
  const auto config = ask(**nc, info)["config"];
  CHECK(config["storage"] == "file");
  CHECK(config["retention"] == "limits");
  for (const char* limit : {"max_msgs", "max_bytes", "max_msg_size", "max_msgs_per_subject", "max_consumers"})
    CHECK(config[limit] == -1);
  CHECK(config["max_age"] == 0);
  CHECK(config["deny_delete"] == true);
  CHECK(config["duplicate_window"] == 100'000'000);
  CHECK(config["allow_direct"] == false);

  const auto sink = std::make_shared<recording_sink>();
  auto reader = w.streams().read(one, 1, sink);
  REQUIRE(publish(w, w.streams(), one, 0, "x").what == outcome::stored);
  REQUIRE(w.run_until([&] { return sink->count() == 1; }));
  CHECK(ask(**nc, info)["state"]["consumer_count"] == 1);
  reader.reset();
  CHECK(w.run_until([&] { return ask(**nc, info)["state"]["consumer_count"] == 0; }));
}

} // namespace ropewalk::tests
