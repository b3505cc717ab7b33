#include "storage/sealing/signature.hpp"
#include "storage/sealing/token.hpp"
#include "tests/storage/sealing_fixture.hpp"

using namespace ropewalk;
using namespace ropewalk::storage;
using namespace ropewalk::tests;

namespace {

const keyring token_keys = keyring_of("k1", 1);
const task_identity task{"cluster-1", "acme", "order-7", 3, "charge"};

std::string token_refusal(const std::string& token, const task_identity& of = task, const keyring& with = token_keys) {
  const auto genuine = verify_task_token(with, of, token);
  if (genuine) return "";
  CHECK(genuine.error().code == errc::invalid);
  CHECK(genuine.error().field == "token");
  return genuine.error().type;
}

} // namespace

TEST_CASE("a task's token is the same each time, and frozen") {
  CHECK(task_token(token_keys, task) == task_token(token_keys, task));
  CHECK(task_token(token_keys, task) == "k1.CI6i5zPenur895TDzGQy6g");
  CHECK(token_refusal(task_token(token_keys, task)) == "");
}

TEST_CASE("a token is good for its own work alone") {
  const std::string token = task_token(token_keys, task);
  CHECK(token_refusal(token, {"cluster-2", "acme", "order-7", 3, "charge"}) == "token_forged");
  CHECK(token_refusal(token, {"cluster-1", "acmf", "order-7", 3, "charge"}) == "token_forged");
  CHECK(token_refusal(token, {"cluster-1", "acme", "order-8", 3, "charge"}) == "token_forged");
  CHECK(token_refusal(token, {"cluster-1", "acme", "order-7", 4, "charge"}) == "token_forged");
  CHECK(token_refusal(token, {"cluster-1", "acme", "order-7", 3, ""}) == "token_forged");
  CHECK(token_refusal(token, {"cluster-1", "acmeo", "rder-7", 3, "charge"}) == "token_forged");
}

TEST_CASE("any change of a token's text is refused") {
  const std::string token = task_token(token_keys, task);
  for (std::size_t at = 0; at < token.size(); ++at)
    for (const char c : std::string("AQgw-_.z9 ")) {
      std::string changed = token;
      changed[at] = c;
      CAPTURE(changed);
      if (changed != token) CHECK_FALSE(token_refusal(changed).empty());
    }
  for (std::size_t size = 0; size < token.size(); ++size)
    CHECK(token_refusal(token.substr(0, size)) == "token_malformed");
  CHECK(token_refusal(token + "A") == "token_malformed");
  CHECK(token_refusal("k2" + token.substr(2)) == "token_unknown_key");
}

TEST_CASE("a token outlives a rotation, not a revocation") {
  const std::string token = task_token(token_keys, task);
  const auto rotated = token_keys.rotated(instant{1'700'000'100'000'000});
  REQUIRE(rotated);
  CHECK(token_refusal(token, task, *rotated) == "");
  CHECK(task_token(*rotated, task) != token);
  const auto revoked = rotated->revoked("k1");
  REQUIRE(revoked);
  CHECK(token_refusal(token, task, *revoked) == "token_revoked_key");
  CHECK(token_refusal(task_token(*revoked, task), task, *revoked) == "");
}

TEST_CASE("a signature holds for its bytes, its purpose and its key") {
  const signature s = sign(token_keys, "ropewalk.test.1", "bytes");
  CHECK(s.key == "k1");
  CHECK(verify(token_keys, "ropewalk.test.1", "bytes", s));
  const auto refused = [](const status_result& r) { return r ? std::string{} : r.error().type; };
  CHECK(refused(verify(token_keys, "ropewalk.test.1", "byteS", s)) == "signature_forged");
  CHECK(refused(verify(token_keys, "ropewalk.test.2", "bytes", s)) == "signature_forged");
  CHECK(refused(verify(token_keys, "ropewalk.test.", "1bytes", s)) == "signature_forged");
  CHECK(refused(verify(keyring_of("k1", 2), "ropewalk.test.1", "bytes", s)) == "signature_forged");
  CHECK(refused(verify(keyring_of("k2", 1), "ropewalk.test.1", "bytes", s)) == "signature_unknown_key");
  const auto revoked = keyring_of({key_of("k2", key_state::active, 2), key_of("k1", key_state::revoked, 1)});
  CHECK(refused(verify(revoked, "ropewalk.test.1", "bytes", s)) == "signature_revoked_key");
  for (std::size_t at = 0; at < 32; ++at) {
    signature changed = s;
    changed.value[at] ^= 1;
    CHECK(refused(verify(token_keys, "ropewalk.test.1", "bytes", changed)) == "signature_forged");
  }
}
