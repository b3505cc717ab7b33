#include "runtime/entry.hpp"

#include <catch2/catch.hpp>

using namespace ropewalk;

TEST_CASE("a receipt names partition, epoch, index, hash and durability") {
  receipt r{.partition = {3}, .epoch = 1, .index = 42, .hash = {}, .position = 7};
  r.hash.front() = 0xAB;
  r.hash.back() = 0x01;
  CHECK(to_json(r) == R"({"partition":3,"epoch":1,"index":42,"hash":")"
                      "ab00000000000000000000000000000000000000000000000000000000000001"
                      R"(","durability":"local"})");
}

TEST_CASE("a receipt's numbers keep all 64 bits") {
  const receipt r{.partition = {65535}, .epoch = UINT64_MAX, .index = UINT64_MAX - 1, .hash = {}, .position = 0};
  CHECK(to_json(r).starts_with(R"({"partition":65535,"epoch":18446744073709551615,"index":18446744073709551614,)"));
}
