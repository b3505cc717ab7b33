// What members say is believed if a member said it, here and nowhere else.

#include <catch2/catch.hpp>

#include "storage/sealing/member_seal.hpp"
#include "tests/storage/sealing_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

std::string refusal_of(const keyring& keys, std::string_view place, std::string_view sealed) {
  const auto opened = unseal_between_members(keys, place, sealed);
  return opened ? "" : opened.error().type;
}

} // namespace

TEST_CASE("what one member sealed another one opens, whatever the bytes are") {
  const keyring keys = keyring_of("k1", 7);
  for (const std::string& bytes : {std::string(), std::string("x"), std::string("\0\xff", 2), std::string(900'000, 'r')}) {
    const std::string sealed = seal_between_members(keys, "record prod 3 2", bytes);
    CHECK(sealed.size() <= bytes.size() + member_seal_bytes_max);
    const auto opened = unseal_between_members(keys, "record prod 3 2", sealed);
    REQUIRE(opened);
    CHECK(*opened == bytes);
  }
}

TEST_CASE("a changed byte, another place and another secret are refused") {
  const keyring keys = keyring_of("k1", 7);
  const std::string sealed = seal_between_members(keys, "record prod 3 2", "entries");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CAPTURE(at);
    CHECK_FALSE(unseal_between_members(keys, "record prod 3 2", changed));
  }
  for (std::size_t bytes = 0; bytes < sealed.size(); ++bytes)
    CHECK_FALSE(unseal_between_members(keys, "record prod 3 2", std::string_view(sealed).substr(0, bytes)));
  CHECK(refusal_of(keys, "record prod 3 3", sealed) == "member_seal_forged");
  CHECK(refusal_of(keys, "record prod 3 22", sealed) == "member_seal_forged");
  CHECK(refusal_of(keyring_of("k1", 8), "record prod 3 2", sealed) == "member_seal_forged");
  CHECK(refusal_of(keys, "record prod 3 2", "entries") == "member_seal_forged");
}

TEST_CASE("a key that is not known, or not trusted any more, is told from a forgery") {
  const keyring old = keyring_of("k1", 7);
  const std::string sealed = seal_between_members(old, "message prod n2", "beat");
  const keyring other = keyring_of("k2", 9);
  const keyring rotated = keyring_of({key_of("k1", key_state::verify, 7), key_of("k2", key_state::active, 9)});
  const keyring revoked = keyring_of({key_of("k1", key_state::revoked, 7), key_of("k2", key_state::active, 9)});
  CHECK(refusal_of(other, "message prod n2", sealed) == "member_seal_unknown_key");
  CHECK(refusal_of(revoked, "message prod n2", sealed) == "member_seal_revoked_key");
  CHECK(refusal_of(rotated, "message prod n2", sealed) == "");
  CHECK(is_undecided(unseal_between_members(other, "message prod n2", sealed).error()));
  std::string newer = sealed;
  newer[3] = 2; // the format
  CHECK(refusal_of(old, "message prod n2", newer) == "member_seal_newer");
  CHECK(is_undecided(unseal_between_members(old, "message prod n2", newer).error()));
  CHECK_FALSE(is_undecided(unseal_between_members(old, "message prod n3", sealed).error()));
}
