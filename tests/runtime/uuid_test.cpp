#include "runtime/uuid.hpp"

#include <set>

#include "tests/random_seed.hpp"

using namespace ropewalk;

TEST_CASE("a UUIDv7 holds the milliseconds, version 7, variant 10 and the random bits") {
  // RFC 9562, A.6: 2022-02-22T19:22:22.000Z, rand_a CC3, rand_b 18C4DC0C0C07398F.
  const instant now{1'645'557'742'000'000};
  CHECK(make_uuid7(now, 0xCC3, 0x18C4DC0C0C07398F) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  CHECK(make_uuid7(instant{0}, 0, 0) == "00000000-0000-7000-8000-000000000000");
  CHECK(make_uuid7(instant{0}, ~0ull, ~0ull) == "00000000-0000-7fff-bfff-ffffffffffff");
}

TEST_CASE("UUIDv7s sort by their millisecond") {
  CHECK(make_uuid7(instant{1000}, ~0ull, ~0ull) < make_uuid7(instant{2000}, 0, 0));
  CHECK(make_uuid7(instant{999}, 1, 1) == make_uuid7(instant{0}, 1, 1));
}

TEST_CASE("a message's id is a UUIDv7 that ends in its seq") {
  const instant now{1'645'557'742'000'000};
  CHECK(make_message_id(now, 0, 1) == "017f22e2-79b0-7000-8000-000000000001");
  CHECK(make_message_id(now, ~0ull, 0) == "017f22e2-79b0-7fff-bfff-ffff00000000");
  CHECK(make_message_id(now, 0, 0xFFFFFFFE) == "017f22e2-79b0-7000-8000-0000fffffffe");
}

TEST_CASE("the seq is read from a message's id") {
  CHECK(seq_of_message_id("017f22e2-79b0-7000-8000-000000000001") == 1);
  CHECK(seq_of_message_id("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == 0x0c07398f);
  CHECK(seq_of_message_id("017f22e2-79b0-7cc3-b8c4-dc0cffffffff") == 0xffffffff);
}

TEST_CASE("only a UUIDv7 in lower-case hyphenated form holds a seq") {
  for (const std::string_view id :
       {"", "1", "m-1", "017f22e2-79b0-7000-8000-00000000000", "017f22e2-79b0-7000-8000-0000000000011",
        "017F22E2-79B0-7000-8000-000000000001", "017f22e2-79b0-4000-8000-000000000001",
        "017f22e2-79b0-7000-0000-000000000001", "017f22e2-79b0-7000-c000-000000000001",
        "017f22e279b0-7000-8000-0000000000001", "017f22e2-79b0-7000-8000-00000000000g",
        "017f22e2-79b0-7000-8000_000000000001", "{17f22e2-79b0-7000-8000-00000000000}"}) {
    INFO(id);
    CHECK_FALSE(seq_of_message_id(id));
  }
}

TEST_CASE("seq_of_message_id undoes make_message_id, whatever the time and the entropy") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  for (int i = 0; i < 10'000; ++i) {
    const instant now{static_cast<std::int64_t>(seed.below(253'402'300'800'000'000))};
    const auto entropy = seed.engine()();
    const auto seq = static_cast<std::uint32_t>(seed.engine()());
    const std::string id = make_message_id(now, entropy, seq);
    CAPTURE(id);
    REQUIRE(is_uuid(id));
    REQUIRE(seq_of_message_id(id) == seq);
  }
}

TEST_CASE("message ids of one seq and millisecond differ by their entropy") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(make_message_id(instant{0}, seed.engine()(), 7));
  CHECK(ids.size() == 1'000);
}

TEST_CASE("a UUID is 32 hexadecimal digits in five groups") {
  CHECK(is_uuid("00000000-0000-0000-0000-000000000000"));
  CHECK(is_uuid("017F22E2-79b0-7CC3-98C4-DC0C0C07398f"));
  for (const std::string_view text :
       {"", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-0000000000000",
        "00000000x0000-0000-0000-000000000000", "0000000-00000-0000-0000-000000000000",
        "g0000000-0000-0000-0000-000000000000", "{0000000-0000-0000-0000-00000000000}"}) {
    INFO(text);
    CHECK_FALSE(is_uuid(text));
  }
}
