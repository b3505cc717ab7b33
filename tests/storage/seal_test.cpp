#include <map>
#include <set>

#include <zstd.h>

#include "runtime/hex.hpp"
#include "storage/sealing/byte_fields.hpp"
#include "tests/random_seed.hpp"
#include "tests/storage/sealing_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const keyring seal_keys = keyring_of("k1", 1);
const std::string state = R"({"phase":"design","votes":[1,2,3]})";

std::string seal_refusal(const std::string& blob, const keyring& with = seal_keys,
                         const seal_context& at = context_of()) {
  const auto opened = open_seal(with, blob, at);
  if (opened) return "";
  CHECK(opened.error().code == errc::corrupt);
  return opened.error().type;
}

// Where the fields of a blob of context_of() and `keys` stand, after the format in seal.hpp.
struct field {
  std::string name;
  std::size_t from, to;
};
std::vector<field> fields_of(const std::string& blob, std::size_t stored) {
  const seal_context c = context_of();
  std::vector<field> all;
  const auto add = [&](const std::string& name, std::size_t size) {
    const std::size_t from = all.empty() ? 0 : all.back().to;
    all.push_back({name, from, from + size});
  };
  const auto text = [&](const std::string& name, const std::string& value) {
    add(name + " length", 4);
    add(name, value.size());
  };
  add("magic", 8), add("format", 2), text("key", "k1"), text("cluster", c.cluster), text("org", c.entity.org);
  add("kind", 1), text("entity", c.entity.id), add("version", 8), text("id", c.id), text("parent", c.parent);
  text("phase", c.phase), text("reason", c.reason), add("time", 8), add("codec", 1), add("original", 8);
  add("stored length", 8), add("stored", stored), add("index", 8), add("hash", 32), add("mac", 32);
  REQUIRE(all.back().to == blob.size());
  return all;
}

// A blob with the right signature over anything.
std::string signed_again(std::string blob, const keyring& with = seal_keys) {
  blob.resize(blob.size() - 32);
  const digest d = mac{with.active().bytes, "ropewalk.checkpoint.1"}.add(blob).finish();
  return blob.append(reinterpret_cast<const char*>(d.data()), d.size());
}

std::size_t place_in_seal(const std::string& blob, std::size_t stored, const std::string& name) {
  for (const field& f : fields_of(blob, stored))
    if (f.name == name) return f.from;
  FAIL(name);
  return 0;
}

} // namespace

TEST_CASE("what was sealed is opened, with its place, of any size") {
  random_seed seed;
  CAPTURE(seed.rerun());
  for (const std::size_t size : {0, 1, 127, 128, 129, 1000, 65'536, 4 << 20})
    for (const bool compressible : {true, false}) {
      CAPTURE(size, compressible);
      std::string bytes(size, 'x');
      if (!compressible)
        for (char& c : bytes) c = static_cast<char>(seed.below(256));
      const std::string blob = sealed(seal_keys, bytes);
      const auto opened = open_seal(seal_keys, blob, context_of());
      REQUIRE(opened);
      CHECK((opened->bytes == bytes));
      CHECK(opened->original_bytes == size);
      CHECK(opened->about == context_of());
      CHECK(opened->after == some_link);
      CHECK(opened->key == "k1");
      CHECK(open_seal(seal_keys, blob)->about == context_of());
      CHECK(verify_seal(seal_keys, blob, context_of())->bytes.empty());
      CHECK(blob.size() <= size + 400);
      if (compressible && size > 1000) CHECK(blob.size() < size / 2);
    }
}

TEST_CASE("the format of a seal is frozen") {
  const std::string blob = sealed(seal_keys, "{}");
  CHECK(to_hex([&] {
          std::array<std::uint8_t, 24> head{};
          std::copy_n(blob.begin(), head.size(), head.begin());
          return head;
        }()) == "52575345414c1a0a0100020000006b312400000030313766");
  digest d{};
  std::copy_n(blob.end() - 32, 32, d.begin());
  CHECK(to_hex(d) == "f9d2ffc85a9fbeaa1b0a1070793b92c17a274bdd2bdd607a362640a8fd26fb03");
}

TEST_CASE("a flip of any bit is refused, and the error says what it is") {
  const std::string blob = sealed(seal_keys, state);
  // Types that a flip in a field may give; fields that are not named here: seal_forged alone.
  const std::map<std::string, std::set<std::string>> others = {
      {"magic", {"seal_corrupt"}},
      {"format", {"seal_corrupt"}},
      {"key", {"seal_unknown_key"}},
      {"original", {"seal_forged", "seal_too_large"}},
      {"stored length", {"seal_forged", "seal_truncated", "seal_too_large", "seal_corrupt"}},
  };
  for (const field& f : fields_of(blob, state.size())) {
    std::set<std::string> allowed = {"seal_forged"};
    if (const auto named = others.find(f.name); named != others.end()) allowed = named->second;
    // A length that moves all fields behind it.
    else if (f.name.ends_with(" length"))
      allowed = {"seal_truncated", "seal_corrupt", "seal_too_large", "seal_unknown_key", "seal_forged"};
    for (std::size_t at = f.from; at < f.to; ++at)
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = blob;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        const std::string type = seal_refusal(changed);
        if (!allowed.contains(type)) FAIL(f.name << " at byte " << at << " bit " << bit << ": \"" << type << "\"");
      }
  }
}

TEST_CASE("a seal cut at any length is truncated, one with more behind it is corrupt") {
  for (const std::string& bytes : {state, std::string(1000, 'x')}) {
    const std::string blob = sealed(seal_keys, bytes);
    for (std::size_t size = 0; size < blob.size(); ++size) {
      CAPTURE(size);
      CHECK(seal_refusal(blob.substr(0, size)) == "seal_truncated");
    }
    CHECK(seal_refusal(blob + '\0') == "seal_corrupt");
  }
  CHECK(seal_refusal("RWSEAM") == "seal_corrupt");
  CHECK(seal_refusal(state) == "seal_corrupt");
}

TEST_CASE("a genuine seal in another place is told from a forged one") {
  const std::string blob = sealed(seal_keys, state);
  const auto elsewhere = [&](auto change) {
    seal_context c = context_of();
    change(c);
    return seal_refusal(blob, seal_keys, c);
  };
  CHECK(elsewhere([](auto&) {}) == "");
  CHECK(elsewhere([](auto& c) { c.cluster.back() = 'e'; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.entity.org = "acmf"; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.entity.kind = entity_kind::thread; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.entity.id = "order-8"; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.version = 13; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.id = c.parent; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.parent = ""; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.phase = "testing"; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { c.reason = "demand"; }) == "seal_wrong_place");
  CHECK(elsewhere([](auto& c) { ++c.time.us; }) == "seal_wrong_place");
  CHECK(open_seal(seal_keys, blob, context_of("order-8")).error().detail ==
        "it was sealed for entity \"order-7\" and stands at \"order-8\"");
  // Fields do not run into each other: the same letters in other fields are another place.
  seal_context left = context_of(), right = context_of();
  left.entity.org = "acme1", left.entity.id = "23";
  right.entity.org = "acme", right.entity.id = "123";
  CHECK(seal_refusal(sealed(seal_keys, state, left), seal_keys, right) == "seal_wrong_place");
}

TEST_CASE("a key decides what its seals are worth") {
  const std::string blob = sealed(seal_keys, state);
  CHECK(seal_refusal(blob, keyring_of("k2", 1)) == "seal_unknown_key");
  CHECK(seal_refusal(blob, keyring_of("k1", 2)) == "seal_forged"); // the id of another's key
  const auto beside = [](key_state old) {
    return keyring_of({key_of("k2", key_state::active, 2), key_of("k1", old, 1)});
  };
  CHECK(seal_refusal(blob, beside(key_state::verify)) == "");
  CHECK(seal_refusal(blob, beside(key_state::revoked)) == "seal_revoked_key");
  CHECK(open_seal(beside(key_state::verify), sealed(beside(key_state::verify), state))->key == "k2");
}

TEST_CASE("what a key holder signed is still bounded before it is decompressed") {
  const std::string text(1000, 'x');
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 1));
  const std::string blob = sealed(seal_keys, text);
  const std::size_t stored = frame.size();
  REQUIRE(blob.find(frame) != std::string::npos);
  const auto with = [&](const std::string& name, const std::string& bytes) {
    std::string changed = blob;
    changed.replace(place_in_seal(blob, stored, name), bytes.size(), bytes);
    return seal_refusal(signed_again(changed));
  };
  const auto u64 = [](std::uint64_t n) {
    std::string bytes;
    put_number(bytes, n);
    return bytes;
  };
  CHECK(with("original", u64(1000)) == "");
  CHECK(with("original", u64(999)) == "seal_corrupt");
  CHECK(with("original", u64(1001)) == "seal_corrupt");
  CHECK(with("original", u64(64 << 20)) == "seal_corrupt"); // the frame says 1000
  CHECK(with("original", u64((64 << 20) + 1)) == "seal_too_large");
  CHECK(with("original", u64(UINT64_MAX)) == "seal_too_large");
  CHECK(with("stored length", u64(UINT64_MAX)) == "seal_too_large");
  CHECK(with("codec", std::string(1, '\0')) == "seal_corrupt");
  CHECK(with("codec", "\2") == "seal_corrupt");
  CHECK(with("stored", std::string(4, 'z')) == "seal_corrupt");
}

TEST_CASE("a state over 64 MiB and a place of long texts are not sealed") {
  CHECK(pending_seal::begin(seal_keys, context_of(), std::string((64 << 20) + 1, 'x')).error().type ==
        "seal_too_large");
  CHECK(pending_seal::begin(seal_keys, context_of(), std::string(64 << 20, 'x')));
  seal_context c = context_of();
  c.phase = std::string(1025, 'p');
  CHECK(pending_seal::begin(seal_keys, c, state).error().code == errc::invalid);
}

TEST_CASE("any bytes are refused without harm") {
  random_seed seed;
  CAPTURE(seed.rerun());
  const std::string blob = sealed(seal_keys, state);
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = blob;
    for (auto times = 1 + seed.below(8); times > 0; --times) {
      const auto at = seed.below(changed.size());
      switch (seed.below(3)) {
      case 0: changed[at] = static_cast<char>(seed.below(256)); break;
      case 1: changed.erase(at, 1 + seed.below(16)); break;
      default: changed.insert(at, std::string(1 + seed.below(16), static_cast<char>(seed.below(256))));
      }
      if (changed.empty()) changed = "R";
    }
    if (changed != blob) CHECK_FALSE(seal_refusal(changed).empty());
  }
}
