// Headers of reads that any member of a cluster may answer.

#include <catch2/catch.hpp>

#include <vector>

#include "transport/request_decoder.hpp"

using namespace ropewalk;
using namespace ropewalk::transport;

namespace {

result<decoded_request> with_headers(std::vector<header_view> headers, const char* verb = "thread.t1.get",
                                     std::optional<std::uint32_t> peers = 1, std::string_view body = {}) {
  decoder_settings settings;
  settings.partitions = 4;
  settings.guaranteed_peers = peers;
  return decode_request({"rw.v1.acme." + std::string(verb), headers, body}, settings, {});
}

error refused(std::vector<header_view> headers, const char* verb = "thread.t1.get",
              std::optional<std::uint32_t> peers = 1, std::string_view body = {}) {
  const auto r = with_headers(std::move(headers), verb, peers, body);
  REQUIRE_FALSE(r);
  return r.error();
}

} // namespace

TEST_CASE("a read says that any member may answer it, and from which positions on") {
  CHECK_FALSE(with_headers({})->replica_read);
  CHECK(with_headers({{"Rw-Read", "stale"}})->replica_read->at_least.empty());
  CHECK(with_headers({{"rw-read", "stale"}}, "threads.list")->replica_read);
  const auto at = with_headers({{"Rw-Min-Position", "3:42,0:7"}, {"Rw-Read", "stale"}});
  REQUIRE(at);
  const auto& places = at->replica_read->at_least;
  REQUIRE(places.size() == 2);
  CHECK(places[0].partition.value == 3);
  CHECK(places[0].index == 42);
  CHECK(places[1].partition.value == 0);
  CHECK(places[1].index == 7);
}

TEST_CASE("what such a header cannot say is refused by its name") {
  for (const char* text : {"", "3", "3:", ":3", "3:4,", ",3:4", "3:4 ", " 3:4", "3:-4", "+3:4", "3:4;0:1", "3:4,,0:1",
                           "3:18446744073709551616", "x:y", "3:0x4"}) {
    const error e = refused({{"Rw-Min-Position", text}});
    CHECK(e.code == errc::invalid);
    CHECK(e.field == "Rw-Min-Position");
    CHECK(e.detail == "must be the position of a receipt, <partition>:<index>, or several joined by commas");
  }
  CHECK(refused({{"Rw-Min-Position", "4:1"}}).detail == "must name partitions 0 to 3, as this cluster has them");
  CHECK(refused({{"Rw-Min-Position", "1:1,1:2"}}).detail == "must name each partition once");
  CHECK(refused({{"Rw-Min-Position", "1:1"}, {"Rw-Min-Position", "2:1"}}).detail == "must be given once");
  CHECK(refused({{"Rw-Read", "stale"}, {"rw-read", "stale"}}).detail == "must be given once");
  for (const char* text : {"", "Stale", "fresh"}) CHECK(refused({{"Rw-Read", text}}).detail == "must be \"stale\"");
  for (const char* header : {"Rw-Read", "Rw-Min-Position"}) {
    const error of_write = refused({{header, "stale"}}, "thread.t1.append", 1, R"({"role":"user","content":"x"})");
    CHECK(of_write.code == errc::invalid);
    CHECK(of_write.field == header);
    const error alone = refused({{header, "stale"}}, "thread.t1.get", std::nullopt);
    CHECK(alone.code == errc::unsupported);
    CHECK(alone.field == header);
  }
}
