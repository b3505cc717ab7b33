// The body of thread.verify.

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "transport/request_decoder.hpp"

namespace ropewalk::transport {
namespace {

using nlohmann::json;

const thread::thread_snapshot some{
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "acme", "t42",      7, 5, digest{1, 2, 3}, partition_id{3}, 42, digest{4},
    instant{1'700'000'000'000'012},         "k1",   digest{255}};

result<decoded_request> decode_snapshot(const json& body) {
  const std::string text = body.dump();
  return decode_request({.subject = "rw.v1.acme.thread.t42.verify", .body = text}, {}, {});
}
json body_with(const std::string& field, const json& value) {
  json body{{"snapshot", json::parse(thread::render_snapshot(some))}};
  body["snapshot"][field] = value;
  return body;
}

} // namespace

TEST_CASE("a snapshot comes back as it was shown") {
  const auto r = decode_snapshot({{"snapshot", json::parse(thread::render_snapshot(some))}});
  REQUIRE(r);
  CHECK(std::get<thread::verify>(std::get<thread::read>(r->what)).against == some);
  const auto none = decode_snapshot(json::object());
  REQUIRE(none);
  CHECK_FALSE(std::get<thread::verify>(std::get<thread::read>(none->what)).against);
}

TEST_CASE("a snapshot that is none is refused by the field") {
  const auto field = [](const json& body) {
    const auto r = decode_snapshot(body);
    REQUIRE_FALSE(r);
    CHECK(status(r.error().code) / 100 == 4);
    return r.error().field;
  };
  CHECK(field({{"snapshot", 1}}) == "snapshot");
  CHECK(field(body_with("digest", std::string(64, 'G'))) == "snapshot.digest");
  CHECK(field(body_with("digest", std::string(64, 'A'))) == "snapshot.digest"); // one spelling alone
  CHECK(field(body_with("hash", "00")) == "snapshot.hash");
  CHECK(field(body_with("signature", std::string(65, '0'))) == "snapshot.signature");
  CHECK(field(body_with("format", 2)) == "snapshot.format");
  CHECK(field(body_with("version", -1)) == "snapshot.version");
  CHECK(field(body_with("partition", 70'000)) == "snapshot.partition");
  CHECK(field(body_with("time", "yesterday")) == "snapshot.time");
  CHECK(field(body_with("key", std::string(65, 'k'))) == "snapshot.key");
  CHECK(field(body_with("colour", "red")) == "snapshot.colour");
  json without = body_with("format", 1);
  without["snapshot"].erase("signature");
  CHECK(field(without) == "snapshot.signature");
}

} // namespace ropewalk::transport
