// Header blocks as no client library writes them, through a real nats-server: read exactly or refused, never
// read as "no headers".

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/support/raw_nats_client.hpp"
#include "tests/support/test_system.hpp"

using namespace ropewalk::tests;
using nlohmann::json;

namespace {

constexpr const char* append = "rw.v1.acme.thread.t1.append";
constexpr const char* body = R"({"role":"user","content":"once"})";

int port_of(const test_system& s) { return std::stoi(s.url().substr(s.url().rfind(':') + 1)); }

} // namespace

TEST_CASE("a header counts whatever stands before it") {
  test_system s;
  raw_nats_client raw(port_of(s));
  REQUIRE(s.thread("t1", "create").code == 200);
  const std::vector<std::string> blocks = {
      "NATS/1.0\r\nRw-Idempotency-Key: k%\r\ntracestate: \r\n\r\n",
      "NATS/1.0\r\ntracestate: \r\nRw-Idempotency-Key: k%\r\n\r\n",
      "NATS/1.0\r\nX-Empty:\r\nRw-Idempotency-Key:k%\r\n\r\n",
      "NATS/1.0\r\nX-Empty:\r\nX-Empty:  \t \r\nrw-idempotency-key: k% \r\nX-Empty:\r\n\r\n",
      "NATS/1.0\r\ntraceparent: a:b::c\r\nRw-Idempotency-Key:\tk%\r\n\r\n",
  };
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    std::string block = blocks[i];
    block.replace(block.find('%'), 1, std::to_string(i));
    CAPTURE(block);
    const json first = json::parse(raw.request(append, block, body)),
               again = json::parse(raw.request(append, block, body));
    CHECK(first["seq"] == i + 1);
    CHECK_FALSE(first.contains("replayed"));
    CHECK(again["seq"] == i + 1);
    CHECK(again.value("replayed", false));
  }
  const json unpromised = json::parse(raw.request(append, "NATS/1.0\r\ntracestate: \r\nRw-Ack: log\r\n\r\n", body));
  CHECK(unpromised["status"] == 501);
  CHECK(unpromised["field"] == "Rw-Ack");
  CHECK(json::parse(raw.request(append, "NATS/1.0\r\n\r\n", body))["seq"] == blocks.size() + 1);
  CHECK(s.thread("t1", "messages").body["count"] == blocks.size() + 1);
}

TEST_CASE("a NUL in a subject does not end it") {
  test_system s;
  raw_nats_client raw(port_of(s));
  REQUIRE(s.thread("t1", "create").code == 200);
  const json refused = json::parse(raw.request(append + std::string("\0now", 4), {}, body));
  CHECK(refused["type"] == "urn:ropewalk:problem:unknown_verb");
  CHECK(s.thread("t1", "messages").body["count"] == 0);
}

TEST_CASE("a header block that cannot be read is refused and changes nothing") {
  test_system s;
  raw_nats_client raw(port_of(s));
  REQUIRE(s.thread("t1", "create").code == 200);
  const std::string key = "Rw-Idempotency-Key: k\r\n";
  const std::vector<std::pair<std::string, std::string>> blocks = {
      {"NATS/1.0\r\nfoo\r\n" + key + "\r\n", "headers"},
      {"NATS/1.0\r\n" + key + "foo\r\n\r\n", "headers"},
      {"NATS/1.0\r\nfoo\r\n\r\n", "headers"},
      {"NATS/1.0\r\n: no name\r\n" + key + "\r\n", "headers"},
      {"NATS/1.0\r\nRw-Idempotency-Key : k\r\n\r\n", "headers"},
      {"NATS/1.0\r\nX-Folded: a\r\n " + key + "\r\n", "headers"},
      {"NATS/1.0\nRw-Idempotency-Key: k\n\n", "headers"},
      {"NATS/1.0\r\nX-Other: a\nRw-Idempotency-Key: k\r\n\r\n", "headers"},
      {"NATS/1.0\r\nX-Other: a\rRw-Idempotency-Key: k\r\n\r\n", "headers"},
      {std::string("NATS/1.0\r\nX-Other: a\0b\r\n", 24) + key + "\r\n", "headers"},
      {"NATS/1.0\r\n" + key, "headers"},
      {"NATS/1.0\r\n\r\n" + key + "\r\n", "headers"},
      {"NATS/1.1\r\n" + key + "\r\n", "headers"},
      {"HTTP/1.1 200\r\n" + key + "\r\n", "headers"},
      {key + "\r\n", "headers"},
      {"garbage without any form", "headers"},
      {"NATS/1.0\r\nRw-Idempotency-Key:\r\n\r\n", "Rw-Idempotency-Key"},
      {"NATS/1.0\r\nRw-Idempotency-Key: \r\nX-Other: a\r\n\r\n", "Rw-Idempotency-Key"},
      {"NATS/1.0\r\nRw-Ack:\r\n\r\n", "Rw-Ack"},
  };
  for (const auto& [block, field] : blocks) {
    CAPTURE(block);
    const json refused = json::parse(raw.request(append, block, body));
    CHECK(refused.value("status", 200) == 400);
    CHECK(refused.value("field", "") == field);
    CHECK_FALSE(refused.value("detail", "").empty());
  }
  CHECK(s.node().running());
  CHECK(s.thread("t1", "messages").body["count"] == 0);
}
