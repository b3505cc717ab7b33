#include <catch2/catch.hpp>

#include "transport/header_block.hpp"

namespace ropewalk::transport {

TEST_CASE("headers are read line by line, an empty value is a value") {
  const auto all = parse_header_block("NATS/1.0\r\nA: 1\r\nB:\r\nA:2 \r\nC: x:y\r\n\r\n");
  REQUIRE(all);
  REQUIRE(all->size() == 4);
  CHECK((*all)[0].name == "A");
  CHECK((*all)[0].value == "1");
  CHECK((*all)[1].name == "B");
  CHECK((*all)[1].value == "");
  CHECK((*all)[2].value == "2");
  CHECK((*all)[3].value == "x:y");
}

TEST_CASE("no headers, an empty list and a status line are no headers") {
  for (const char* block : {"", "NATS/1.0\r\n\r\n", "NATS/1.0 503 No Responders\r\n\r\n"}) {
    CAPTURE(block);
    const auto all = parse_header_block(block);
    REQUIRE(all);
    CHECK(all->empty());
  }
}

TEST_CASE("what is no header block is refused") {
  for (const char* block : {"\r\n", "NATS/1.0", "NATS/1.0\r\n", "NATS/1.0x\r\n\r\n", "nats/1.0\r\n\r\n",
                            "NATS/1.0\r\nA: 1\r\n", "NATS/1.0\r\nA\r\n\r\n", "NATS/1.0\r\n:1\r\n\r\n",
                            "NATS/1.0\r\nA b: 1\r\n\r\n", "NATS/1.0\r\nA: 1\r\n B: 2\r\n\r\n",
                            "NATS/1.0\r\nA: 1\nB: 2\r\n\r\n", "NATS/1.0\n\n", "NATS/1.0\r\n\r\nA: 1\r\n\r\n"}) {
    CAPTURE(block);
    const auto all = parse_header_block(block);
    REQUIRE(!all);
    CHECK(all.error().code == errc::invalid);
    CHECK(all.error().field == "headers");
  }
}

} // namespace ropewalk::transport
