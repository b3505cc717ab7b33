// A record's bytes: FROZEN, and nothing else is taken for one.
#include <catch2/catch.hpp>

#include "runtime/hex.hpp"
#include "runtime/replication/accept_rule.hpp"
#include "runtime/replication/record_codec.hpp"
#include "tests/runtime/replication_records.hpp"

using namespace ropewalk;
using namespace ropewalk::replication;

namespace {

record keyed_data() {
  record r = data(7, {6, 41, {}}, 3);
  auto e = std::make_shared<entry>(*r.entries[1]);
  e->event.idempotency = idempotency_record{"order-17", {1, 2, 3}, 2};
  r.entries[1] = e;
  return r;
}

} // namespace

TEST_CASE("a record comes back from its bytes as it was") {
  const record r = keyed_data();
  const auto back = decode(encode(r), partition_id{3});
  REQUIRE(back);
  CHECK(back->kind == record_kind::data);
  CHECK(back->epoch == 7);
  CHECK(back->owner == "n1");
  CHECK(back->base == r.base);
  REQUIRE(back->entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const entry &a = *r.entries[i], &b = *back->entries[i];
    CHECK(b.index == a.index);
    CHECK(b.epoch == a.epoch);
    CHECK(b.partition == a.partition);
    CHECK(b.entity == a.entity);
    CHECK(b.event.type == a.event.type);
    CHECK(b.event.body == a.event.body);
    CHECK(b.event.version == a.event.version);
    CHECK(b.event.time == a.event.time);
    CHECK(b.prev_hash == a.prev_hash);
    CHECK(b.hash == a.hash);
  }
  REQUIRE(back->entries[1]->event.idempotency);
  CHECK(back->entries[1]->event.idempotency->key == "order-17");
  CHECK(back->entries[1]->event.idempotency->entries == 2);
  CHECK_FALSE(back->entries[0]->event.idempotency);
}

TEST_CASE("a SEAL's bytes are those of the format's description") {
  record seal;
  seal.kind = record_kind::seal;
  seal.epoch = 9;
  seal.owner = "n2";
  const std::string bytes = encode(seal);
  std::string hex;
  for (const char c : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  CHECK(hex == "52575201"
               "04"
               "0900000000000000"
               "020000006e32" +
                   std::string(16 + 16 + 64, '0') + "00000000");
}

TEST_CASE("bytes that are cut off anywhere, or go on, are no record") {
  const std::string bytes = encode(keyed_data());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto cut = decode(std::string_view(bytes).substr(0, n), partition_id{3});
    REQUIRE_FALSE(cut);
    REQUIRE(cut.error().code == errc::corrupt);
  }
  CHECK_FALSE(decode(bytes + '\0', partition_id{3}));
}

TEST_CASE("a record of a later program is told apart from a damaged one") {
  std::string bytes = encode(keyed_data());
  bytes[3] = 2;
  CHECK(decode(bytes, partition_id{3}).error().type == "newer_record");
  bytes[3] = 1;
  bytes[4] = 6;
  CHECK(decode(bytes, partition_id{3}).error().type == "newer_record");
  bytes[4] = 0;
  CHECK(decode(bytes, partition_id{3}).error().type == "malformed_record");
}

TEST_CASE("a count that the bytes cannot hold is refused before memory is taken for it") {
  record seal;
  seal.kind = record_kind::seal;
  seal.owner = "n2";
  std::string bytes = encode(seal);
  bytes[bytes.size() - 1] = '\x7f'; // of the count of entries
  CHECK_FALSE(decode(bytes, partition_id{3}));
}

TEST_CASE("a command ends where another entity, time or key begins, or its versions do not go on") {
  const auto entries = data(1, {}, 6).entries;
  const auto ends_after = [](const std::vector<entry_ptr>& all) {
    return end_of_command(all.begin(), all.end()) - all.begin();
  };
  CHECK(ends_after({entries.begin(), entries.end()}) == 6);
  const auto with = [&](auto change) {
    std::vector<entry_ptr> all(entries.begin(), entries.end());
    auto other = std::make_shared<entry>(*all[2]);
    change(*other);
    all[2] = std::move(other);
    return ends_after(all);
  };
  CHECK(with([](entry& e) { e.event.time.us += 1; }) == 2);
  CHECK(with([](entry& e) { e.entity.id = "another"; }) == 2);
  CHECK(with([](entry& e) { e.event.version += 1; }) == 2);
  CHECK(with([](entry& e) { e.event.idempotency = idempotency_record{"k", {}, 4}; }) == 2);
  CHECK(with([](entry& e) { e.event.body.assign(record_limits::bytes, 'x'); }) == 2);
}
