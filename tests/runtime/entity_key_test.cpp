#include "runtime/entity_key.hpp"

#include "tests/random_seed.hpp"

using namespace ropewalk;

namespace {
std::string decoded(std::string_view token) {
  auto raw = decode_token(token, "thread");
  INFO(token);
  REQUIRE(raw);
  return *raw;
}
} // namespace

TEST_CASE("the kinds of entities have frozen names and values") {
  CHECK(name(entity_kind::thread) == "thread");
  CHECK(name(entity_kind::workflow) == "workflow");
  CHECK(name(entity_kind::debate) == "debate");
  CHECK(name(entity_kind::checkpoint_line) == "checkpoint_line");
  CHECK(static_cast<int>(entity_kind::thread) == 1);
  CHECK(static_cast<int>(entity_kind::checkpoint_line) == 4);
  CHECK(name(entity_kind::definition) == "definition");
  CHECK(name(entity_kind::schedule) == "schedule");
  CHECK(name(entity_kind::partition) == "partition");
  CHECK(static_cast<int>(entity_kind::definition) == 5);
  CHECK(static_cast<int>(entity_kind::schedule) == 6);
  CHECK(static_cast<int>(entity_kind::partition) == 7);
}

TEST_CASE("a token spells letters, digits, _ and - as themselves and all else as %XX") {
  CHECK(encode_token("t42") == "t42");
  CHECK(encode_token("A-Za_z09") == "A-Za_z09");
  CHECK(encode_token("a.b") == "a%2Eb");
  CHECK(encode_token("*>") == "%2A%3E");
  CHECK(encode_token("a b%") == "a%20b%25");
  CHECK(encode_token("é") == "%C3%A9");
  CHECK(encode_token("") == "");
}

TEST_CASE("a token is read back to what it spells") {
  CHECK(decoded("t42") == "t42");
  CHECK(decoded("a%2Eb") == "a.b");
  CHECK(decoded("%C3%A9") == "é");
  CHECK(decoded("%20") == " ");
  CHECK(decoded(std::string(128, 'x')) == std::string(128, 'x'));
  std::string dots;
  for (int i = 0; i < 128; ++i) dots += "%2E";
  CHECK(decoded(dots) == std::string(128, '.'));
}

TEST_CASE("a token that is not the canonical spelling is refused") {
  for (const std::string_view token :
       {"",    "a.b", "a b", "a*",  ">",   "a/b", "é",   "%",   "%2",  "a%2", "%2e", "%c3%a9",
        "%GG", "%%",  "%41", "%5F", "%2D", "%30", "%7A", "%+1", "% 2", "\"",  "\n"}) {
    INFO(token);
    const auto raw = decode_token(token, "thread");
    REQUIRE_FALSE(raw);
    CHECK(raw.error().code == errc::invalid);
    CHECK(raw.error().field == "thread");
    CHECK_FALSE(raw.error().detail.empty());
  }
}

TEST_CASE("a token names 1 to 128 bytes of UTF-8 without control characters") {
  for (const std::string& token : {std::string(129, 'x'), std::string("%00"), std::string("a%0A"), std::string("%1B"),
                                   std::string("%7F"), std::string("%C2%80"), std::string("%C2%9F"), std::string("%FF"),
                                   std::string("%C3"), std::string("%C0%80"), std::string("%ED%A0%80")}) {
    INFO(token);
    CHECK_FALSE(decode_token(token, "id"));
  }
  CHECK(decode_token("%C2%A0", "id")); // the first character behind the controls
}

TEST_CASE("decode_token undoes encode_token") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  const std::string_view alphabet[] = {"a", "Z", "0", "_", "-",  ".", "%",  " ",
                                       "*", ">", "/", "é", "漢", "😀", "\"", "\\"};
  for (int i = 0; i < 5'000; ++i) {
    std::string raw;
    const auto characters = 1 + seed.below(32);
    for (std::uint64_t c = 0; c < characters; ++c) raw += alphabet[seed.below(std::size(alphabet))];
    CAPTURE(raw);
    REQUIRE(decoded(encode_token(raw)) == raw);
  }
}

TEST_CASE("what decode_token accepts is encode_token's spelling") {
  tests::random_seed seed;
  CAPTURE(seed.rerun());
  const std::string_view pieces[] = {"a", "_", "%2E", "%2e", "%41", "%C3%A9", "%C3", "%", "2", "E", ".", "%00"};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string token;
    const auto count = 1 + seed.below(4);
    for (std::uint64_t c = 0; c < count; ++c) token += pieces[seed.below(std::size(pieces))];
    const auto raw = decode_token(token, "id");
    if (!raw) continue;
    ++accepted;
    CAPTURE(token);
    REQUIRE(encode_token(*raw) == token);
  }
  CHECK(accepted > 500);
}

TEST_CASE("a partition is FNV-1a 32 of both tokens modulo the count, as nats-server maps subjects") {
  // FNV-1a test vectors of its authors: "" 0x811c9dc5, "a" 0xe40c292c, "foobar" 0xbf9cf968.
  CHECK(partition_of("", "", 65535).value == 0x811c9dc5u % 65535);
  CHECK(partition_of("a", "", 65535).value == 0xe40c292cu % 65535);
  CHECK(partition_of("foo", "bar", 16).value == 0xbf9cf968u % 16);
  CHECK(partition_of("foo", "bar", 65535).value == 0xbf9cf968u % 65535);
  CHECK(partition_of("foo", "bar", 1).value == 0);
}

TEST_CASE("an entity's partition is that of its encoded tokens") {
  const entity_key key{.org = "acme corp", .kind = entity_kind::thread, .id = "a.b"};
  CHECK(partition_of(key, 16) == partition_of("acme%20corp", "a%2Eb", 16));
}

TEST_CASE("entities spread over all partitions") {
  std::vector<int> counts(16);
  for (int i = 0; i < 16'000; ++i) ++counts[partition_of("acme", "t" + std::to_string(i), 16).value];
  for (const int count : counts) {
    CHECK(count > 700);
    CHECK(count < 1300);
  }
}
