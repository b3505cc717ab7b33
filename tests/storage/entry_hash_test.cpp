#include "storage/entry_hash.hpp"

#include <catch2/catch.hpp>

#include "runtime/hex.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;

namespace {

// The example of storage/entry_hash.hpp.
entry example() {
  entry e;
  e.position = 99; // not hashed
  e.partition = partition_id{3};
  e.index = 1;
  e.epoch = 1;
  e.entity = {"acme", entity_kind::thread, "t"};
  e.event = {"created", "{}", 1, instant{1'000'000}, {}};
  return e;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += to_hex(std::array{static_cast<std::uint8_t>(c)});
  return text;
}

} // namespace

TEST_CASE("the canonical bytes of an entry are those of the grammar's example") {
  std::string bytes = "left over";
  canonical_bytes(example(), bytes);
  CHECK(hex(bytes) == "726f706577616c6b2e656e7472792e31"
                      "0300"
                      "0100000000000000"
                      "0100000000000000"
                      "01"
                      "0400000061636d65"
                      "0100000074"
                      "0100000000000000"
                      "0700000063726561746564"
                      "40420f0000000000"
                      "00"
                      "020000007b7d" +
                          std::string(64, '0'));
}

TEST_CASE("an idempotency record stands in the canonical bytes behind the time") {
  entry e = example();
  e.event.idempotency = idempotency_record{"k1", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 2};
  std::string bytes;
  canonical_bytes(e, bytes);
  CHECK(hex(bytes).find("40420f0000000000"
                        "01"
                        "020000006b31"
                        "0102030405060708090a0b0c0d0e0f10"
                        "02000000"
                        "020000007b7d") != std::string::npos);
}

TEST_CASE("the example's hash is frozen") {
  CHECK(to_hex(hash_of(example())) == "bc528f961a4b76feb8f3362e11d84cc15b696a5935670389027ef80bc9075a23");
  entry keyed = example();
  keyed.event.idempotency = idempotency_record{"k1", {}, 1};
  CHECK(to_hex(hash_of(keyed)) == "dafb15c4a436ed2c2aae8fd6f20b607d0b5325bc546f867d9888e9cf471ae073");
}

TEST_CASE("the hash of an entry is SHA-256 of its canonical bytes") {
  entry e = example();
  e.event.body = std::string(100'000, 'x');
  e.prev_hash.fill(7);
  std::string bytes;
  canonical_bytes(e, bytes);
  CHECK(hash_of(e) == sha256(bytes));
  CHECK(to_hex(sha256(std::string_view{"abc"})) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4
}

TEST_CASE("every field but the position changes the hash") {
  const digest before = hash_of(example());
  const auto changed = [&](auto&& change) {
    entry e = example();
    change(e);
    return hash_of(e) != before;
  };
  CHECK_FALSE(changed([](entry& e) { e.position = 1; }));
  CHECK_FALSE(changed([](entry& e) { e.hash.fill(1); }));
  CHECK(changed([](entry& e) { e.partition.value = 4; }));
  CHECK(changed([](entry& e) { e.index = 2; }));
  CHECK(changed([](entry& e) { e.epoch = 2; }));
  CHECK(changed([](entry& e) { e.entity.kind = entity_kind::workflow; }));
  CHECK(changed([](entry& e) { e.entity.org = "acmf"; }));
  CHECK(changed([](entry& e) { e.entity.id = "u"; }));
  CHECK(changed([](entry& e) { e.event.version = 2; }));
  CHECK(changed([](entry& e) { e.event.type = "createe"; }));
  CHECK(changed([](entry& e) { e.event.time.us += 1; }));
  CHECK(changed([](entry& e) { e.event.body = "[]"; }));
  CHECK(changed([](entry& e) { e.prev_hash[31] = 1; }));
  CHECK(changed([](entry& e) { e.event.idempotency = idempotency_record{"", {}, 0}; }));
  // A byte that moves to the neighbouring field.
  CHECK(changed([](entry& e) {
    e.entity.org = "acm";
    e.entity.id = "et";
  }));
}

TEST_CASE("each partition of each cluster begins at a hash of its own") {
  const std::string cluster = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  CHECK(to_hex(genesis_hash(cluster, partition_id{0}, 16)) ==
        "d742db739a7d6f3ac185b919fc5bb92356df31bd4dd26399c3b46ea4556e6504");
  CHECK(genesis_hash(cluster, partition_id{0}, 16) != genesis_hash(cluster, partition_id{1}, 16));
  CHECK(genesis_hash(cluster, partition_id{0}, 16) != genesis_hash(cluster, partition_id{0}, 8));
  CHECK(genesis_hash(cluster, partition_id{0}, 16) !=
        genesis_hash("017f22e2-79b0-7cc3-98c4-dc0c0c073990", partition_id{0}, 16));
}
