#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/nats_server_process.hpp"
#include "transport/service_discovery.hpp"

namespace ropewalk::transport {
namespace {

using namespace std::chrono_literals;

const service_identity who{.id = "n1-7f3a",
                           .node = "n1",
                           .version = "0.1.0",
                           .started = {1'769'850'300'000'001},
                           .metadata = {{"cluster", "c1"}}};

// The protocol's rule for names: [a-zA-Z0-9_-]+
bool is_name(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                              std::string::npos;
}

nlohmann::json answer(std::string_view subject, const verb_counters& counters) {
  const auto text = answer_discovery(subject, who, counters);
  REQUIRE(text);
  return nlohmann::json::parse(*text);
}

// What every response of the micro protocol has (nats-architecture-and-design, ADR-32).
void check_common(const nlohmann::json& r, const std::string& type) {
  CHECK(r["type"] == "io.nats.micro.v1." + type + "_response");
  CHECK(r["name"] == "ropewalk");
  CHECK(r["id"] == "n1-7f3a");
  CHECK(r["version"] == "0.1.0");
  CHECK(r["metadata"]["node"] == "n1");
  CHECK(r["metadata"]["cluster"] == "c1");
}

} // namespace

TEST_CASE("discovery answers in the micro protocol's schema") {
  verb_counters counters;
  check_common(answer("$SRV.PING", counters), "ping");
  const auto info = answer("$SRV.INFO", counters);
  check_common(info, "info");
  CHECK(info["description"].is_string());
  REQUIRE(info["endpoints"].size() == verbs().size());
  std::set<std::string> names;
  for (const auto& e : info["endpoints"]) {
    CHECK(is_name(e["name"]));
    CHECK(names.insert(e["name"].get<std::string>()).second);
    CHECK(e["subject"].is_string());
    CHECK(e["queue_group"].is_string());
    CHECK(e["metadata"].is_object());
  }
  CHECK(info["endpoints"][0]["name"] == "thread-create");
  CHECK(info["endpoints"][0]["subject"] == "rw.v1.*.thread.*.create");
  CHECK(info["endpoints"][0]["queue_group"] == "ropewalk");
  const auto& step = info["endpoints"][index_of(*find_verb(noun::workflow, "step.begin"))];
  CHECK(step["name"] == "workflow-step-begin");
  CHECK(step["subject"] == "rw.v1.*.workflow.*.step.begin");
  const auto& define = info["endpoints"][index_of(*find_verb(noun::workflows, "define"))];
  CHECK(define["name"] == "workflows-define");
  CHECK(define["subject"] == "rw.v1.*.workflows.define");
}

TEST_CASE("what a node does not serve is not listed") {
  verb_counters counters;
  service_identity threads_only = who;
  threads_only.nouns = {noun::thread, noun::threads, noun::node};
  for (const char* question : {"$SRV.INFO", "$SRV.STATS"}) {
    const auto text = answer_discovery(question, threads_only, counters);
    REQUIRE(text);
    CHECK(text->find("rw.v1.*.thread.*.append") != std::string::npos);
    CHECK(text->find("workflow") == std::string::npos);
  }
}

TEST_CASE("statistics count requests, errors and time by verb") {
  verb_counters counters;
  const verb_spec& append = *find_verb(noun::thread, "append");
  counters.answered(append, 100ns);
  counters.answered(append, 200ns);
  counters.refused(append, 300ns, {errc::conflict, "thread_closed", "secret words", {}});
  const auto stats = answer("$SRV.STATS", counters);
  check_common(stats, "stats");
  CHECK(stats["started"] == "2026-01-31T09:05:00.000001Z");
  const auto& e = stats["endpoints"][index_of(append)];
  CHECK(e["name"] == "thread-append");
  CHECK(e["num_requests"] == 3);
  CHECK(e["num_errors"] == 1);
  CHECK(e["last_error"] == "409:thread_closed");
  CHECK(e["processing_time"] == 600);
  CHECK(e["average_processing_time"] == 200);
  CHECK(stats["endpoints"][0]["num_requests"] == 0);
  CHECK(stats["endpoints"][0]["average_processing_time"] == 0);
}

TEST_CASE("discovery answers for its own name and id only") {
  verb_counters counters;
  CHECK(answer_discovery("$SRV.PING.ropewalk", who, counters));
  CHECK(answer_discovery("$SRV.INFO.ropewalk.n1-7f3a", who, counters));
  for (const char* other : {"$SRV.PING.other", "$SRV.PING.ropewalk.x", "$SRV.PING.ropewalk.n1-7f3a.x", "$SRV.SCHEMA",
                            "$SRV.ping", "$SRV.", "$SRV", "SRV.PING", "", "$SRV.PING."}) {
    CAPTURE(other);
    CHECK(!answer_discovery(other, who, counters));
  }
}

TEST_CASE("a client finds the service through a real server") {
  tests::nats_server_process server;
  verb_counters counters;
  auto node = nats_connection::connect({.url = server.url()});
  REQUIRE(node);
  auto discovery = service_discovery::start(**node, who, counters);
  REQUIRE(discovery);
  REQUIRE((*node)->flush(2s));
  auto client = nats_connection::connect({.url = server.url(), .wait_for_server = false});
  REQUIRE(client);
  const auto reply = (*client)->request("$SRV.INFO.ropewalk", {}, "", 2s);
  REQUIRE(reply);
  check_common(nlohmann::json::parse(reply->body()), "info");
}

} // namespace ropewalk::transport
