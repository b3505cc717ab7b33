// What a cluster's file says, and what is refused with the field's name.

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "cli/node/cluster_file.hpp"

using namespace ropewalk;
using nlohmann::json;

namespace {

const json least{{"cluster", "prod"}, {"members", {"n1", "n2", "n3"}}};

json with(const std::string& field, const json& value) {
  json j = least;
  j[field] = value;
  return j;
}

} // namespace

TEST_CASE("a cluster's file without more than its members has the defaults") {
  const auto c = cli::parse_cluster(least.dump());
  REQUIRE(c);
  CHECK(c->guaranteed_peers == 1);
  CHECK(c->partitions == 16);
  CHECK((c->ack == ack_level::log));
  CHECK(c->stream_replicas == 1);
  CHECK(c->lease_ms == 3000);
  CHECK(c->nats_urls.empty());
}

TEST_CASE("a cluster's file names its servers, one or several") {
  CHECK(cli::parse_cluster(with("nats", "nats://a:4222").dump())->nats_urls == "nats://a:4222");
  CHECK(cli::parse_cluster(with("nats", {"nats://a:4222", "tls://b:4222"}).dump())->nats_urls ==
        "nats://a:4222,tls://b:4222");
}

TEST_CASE("what breaks a rule of a cluster's file is refused by name") {
  const std::pair<std::string, json> wrong[] = {
      {"cluster", "two words"},
      {"members", json::array()},
      {"members", {"n1", "n1"}},
      {"nats", json::array()},
      {"nats", "a:4222"},
      {"nats", {"nats://a:4222", 7}},
      {"nats", "nats://a:4222,nats://b:4222"},
      {"nats", "nats://" + std::string(300, 'a')},
      {"partitions", 0},
      {"guaranteed_peers", 3},
      {"ack", "most"},
      {"stream_replicas", 2},
      {"lease", "soon"},
      {"lease", "1ms"},
      {"colour", "red"},
  };
  for (const auto& [field, value] : wrong) {
    CAPTURE(field, value.dump());
    const auto c = cli::parse_cluster(with(field, value).dump());
    REQUIRE_FALSE(c);
    CHECK(c.error().field == field);
  }
}
